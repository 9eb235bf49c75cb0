/** The verbs of one session run one after another, in the order of the calls. */
export class VerbQueue {
  #last: Promise<void> | undefined

  /** None has been called, or all have come to their end. */
  get idle(): boolean {
    return this.#last === undefined
  }

  run<T>(verb: () => Promise<T>): Promise<T> {
    const work = this.#last ? this.#last.then(verb) : verb()
    this.#last = work.then(
      () => undefined,
      () => undefined,
    )
    return work
  }

  /** Resolves when all have come to their end, those included that were called meanwhile. */
  async settled(): Promise<void> {
    while (this.#last) {
      const last = this.#last
      await last
      if (this.#last === last) this.#last = undefined
    }
  }
}
