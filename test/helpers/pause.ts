import { gate } from './gate.ts'

/** A place where work stops until the test lets it go on. */
export interface Pause {
  /** Stops the one who calls it. */
  readonly here: () => Promise<void>
  /** Resolves when somebody has stopped. */
  readonly reached: Promise<void>
  readonly go: () => void
  /** What `slow` gives, when others have come and gone while it stood here. */
  readonly during: <T>(slow: Promise<T>, others: () => Promise<unknown>) => Promise<T>
}

export function pause(): Pause {
  const reached = gate()
  const going = gate()
  return {
    here: () => {
      reached.open()
      return going.opened
    },
    reached: reached.opened,
    go: () => going.open(),
    during: async (slow, others) => {
      await reached.opened
      await others()
      going.open()
      return slow
    },
  }
}
