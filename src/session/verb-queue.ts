/** The verbs of one session run one after another, in the order of the calls, and never in the call itself. */
export class VerbQueue {
  #last: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  /** Of verbs that nobody may be waiting for, and that the commit does not try again. */
  failures: readonly unknown[] = []

  /** A verb may be under way. */
  get busy(): boolean {
    return this.#last !== undefined
  }

  run<T>(verb: () => Promise<T>): Promise<T> {
    const work = (this.#last ?? Promise.resolve()).then(verb)
    const leave = (failure = this.#failure): void => {
      this.#failure = failure
      if (this.#last === last) this.#last = undefined
    }
    const last = work.then(
      () => leave(),
      (error: unknown) => leave({ error }),
    )
    this.#last = last
    return work
  }

  /**
   * Resolves when all have come to their end, those included that are called meanwhile. Throws what one of
   * them throws meanwhile: nobody can have waited for it.
   */
  async settled(): Promise<void> {
    this.#failure = undefined
    while (this.#last) await this.#last
    if (this.#failure) throw (this.#failure as { readonly error: unknown }).error
  }

  /** Remembers a failure, as nobody may be waiting for it. */
  heed<T>(work: Promise<T>): Promise<T> {
    work.catch((error: unknown) => this.note(error))
    return work
  }

  note(error: unknown): void {
    this.failures = [...this.failures, error]
  }
}
