import { SessionError } from '../../errors.ts'

const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Sweeps from time to time once the store is in use, not at the same moments as other processes.
 * Nothing of it keeps the process alive.
 */
export class Schedule {
  readonly #interval: number | false
  readonly #sweep: () => Promise<unknown>
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #complained = false

  constructor(interval: number | false, sweep: () => Promise<unknown>) {
    this.#interval = interval
    this.#sweep = sweep
  }

  /** Begins with the first use; the first sweep comes early, as processes may live shorter than the interval. */
  start(): void {
    if (this.#timer === undefined) this.#plan(0.1, 0.4)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #plan(least: number, spread: number): void {
    if (this.#interval === false || this.#stopped) return
    const delay = Math.min(this.#interval * (least + Math.random() * spread), LONGEST_TIMER)
    this.#timer = setTimeout(() => void this.#run(), delay).unref()
  }

  async #run(): Promise<void> {
    try {
      await this.#sweep()
      this.#complained = false
    } catch (error) {
      this.#complain(error)
    }
    this.#plan(0.8, 0.4)
  }

  /** Once, until it works again: there is no request to report it to. */
  #complain(error: unknown): void {
    if (this.#complained || this.#stopped || !(error instanceof SessionError)) return
    this.#complained = true
    process.emitWarning(`Expired sessions could not be cleared away. ${error.message}`, { code: error.code })
  }
}
