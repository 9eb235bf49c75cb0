/** A promise that knows whether somebody waits for it. */
class Watched<T> extends Promise<T> {
  seen = false

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a promise is one
  override then<Kept = T, Caught = never>(
    kept?: ((value: T) => Kept | PromiseLike<Kept>) | null,
    caught?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    this.seen = true
    return super.then(kept, caught)
  }
}

/** The verbs of one session run one after another, in the order of the calls. */
export class VerbQueue {
  #last: Promise<void> | undefined
  readonly #failed: { readonly work: Watched<unknown>; readonly error: unknown }[] = []

  /** None has been called, or all have come to their end. */
  get idle(): boolean {
    return this.#last === undefined
  }

  run<T>(verb: () => Promise<T>): Promise<T> {
    const started = this.#last ? this.#last.then(verb) : verb()
    const work = new Watched<T>((resolve, reject) => {
      this.#last = started.then(resolve, (error: unknown) => {
        this.#failed.push({ work, error })
        reject(error)
      })
    })
    // A failure that nobody waits for comes up in `settled`, and need not end the process.
    void Promise.prototype.then.call(work, undefined, () => undefined)
    return work
  }

  /**
   * Resolves when all have come to their end, those included that were called meanwhile. Rejects with the first
   * failure that nobody has waited for: an `await` was forgotten.
   */
  async settled(): Promise<void> {
    while (this.#last) {
      const last = this.#last
      await last
      if (this.#last === last) this.#last = undefined
    }
    const unseen = this.#failed.splice(0).find(({ work }) => !work.seen)
    if (unseen) throw unseen.error
  }
}
