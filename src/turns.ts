import { inTime } from './maybe-promise.ts'

/** Lets work of the same name run one after another, in the order of asking, inside this process. */
export class Turns {
  readonly #last = new Map<string, Turn>()
  /** How long work is waited for, in milliseconds from its beginning; then the next one begins beside it. */
  readonly longest: number

  constructor(longest: number = Infinity) {
    this.longest = longest
  }

  /** Names that have work under way. */
  get size(): number {
    return this.#last.size
  }

  /** The work is told whether other work was before it. */
  take<T>(name: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    const before = this.#last.get(name)
    // Never begun at once: what it asks for in passing has to come after it.
    const began = before ? this.#after(before) : Promise.resolve()
    const result = began.then(() => work(before !== undefined))
    const leave = (): void => {
      if (this.#last.get(name) === turn) this.#last.delete(name)
    }
    const turn: Turn = { began, ended: result.then(leave, leave) }
    this.#last.set(name, turn)
    return result
  }

  async #after({ began, ended }: Turn): Promise<void> {
    if (this.longest === Infinity) return ended
    await began
    await inTime(ended, this.longest)
  }
}

interface Turn {
  readonly began: Promise<void>
  /** Never rejects. */
  readonly ended: Promise<void>
}
