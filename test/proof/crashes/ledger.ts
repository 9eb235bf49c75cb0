/** What was tried and what was acknowledged: the truth has to lie between. */
export class Ledger {
  #tried = 0
  #acknowledged = 0

  get acknowledged(): number {
    return this.#acknowledged
  }

  get tried(): number {
    return this.#tried
  }

  /** Counts an increment; one that fails may have taken place or not. `false`: nobody answered. */
  async count(increment: () => Promise<boolean>): Promise<boolean> {
    this.#tried += 1
    try {
      const done = await increment()
      if (done) this.#acknowledged += 1
      return done
    } catch {
      return false
    }
  }
}
