/** The verbs of one session run one after another, in the order of the calls, and never in the call itself. */
export class VerbQueue {
  #last: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  /** A verb may be under way. */
  get busy(): boolean {
    return this.#last !== undefined
  }

  /** The promise need not be waited for: what fails is tried again, or said, at the commit. */
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

  #leave(verb: Promise<void>): void {
    if (this.#last === verb) this.#last = undefined
  }
}
