const NONE: readonly unknown[] = []

/** The verbs of one session run one after another, in the order of the calls, and never in the call itself. */
export class VerbQueue {
  #last: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  /** Of verbs that nobody may be waiting for, and that the commit does not try again. */
  failures: readonly unknown[] = NONE

  /** A verb may be under way. */
  get busy(): boolean {
    return this.#last !== undefined
  }

  run<T>(verb: () => Promise<T>): Promise<T> {
    const work = (this.#last ?? Promise.resolve()).then(verb)
    const last: Promise<void> = work.then(
      () => this.#leave(last),
      (error: unknown) => {
        this.#failure = { error }
        this.#leave(last)
      },
    )
    this.#last = last
    return work
  }

  /**
   * Resolves when all have come to their end, those included that are called meanwhile. Throws what one of
   * them throws meanwhile: nobody can have waited for it.
   */
  async settled(): Promise<void> {
    if (!this.busy) return
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

  #leave(verb: Promise<void>): void {
    if (this.#last === verb) this.#last = undefined
  }
}
