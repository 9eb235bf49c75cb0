import type { AccountsPlan } from './options.ts'

/** So many logins are remembered at most. */
const MOST = 10_000

interface Check {
  readonly until: number
  readonly generation: number
}

/** The logins that were looked up within the last `recheck`, in this process. */
export class Checked {
  readonly #recheck: number
  readonly #time: AccountsPlan['time']
  readonly #checks = new Map<string, Check>()

  constructor({ recheck, time }: AccountsPlan) {
    this.#recheck = recheck
    this.#time = time
  }

  /** The generation at the last look; `undefined` when that was too long ago. */
  generationFor(key: string): number | undefined {
    const check = this.#checks.get(key)
    return check && this.#time.read() < check.until ? check.generation : undefined
  }

  note(key: string, generation: number): void {
    if (this.#recheck === 0) return
    this.#checks.delete(key)
    this.#checks.set(key, { until: this.#time.read() + this.#recheck, generation })
    const [oldest] = this.#checks.keys()
    if (this.#checks.size > MOST) this.#checks.delete(oldest!)
  }

  /** Something was ended here, which this process need not find out. */
  clear(): void {
    this.#checks.clear()
  }
}
