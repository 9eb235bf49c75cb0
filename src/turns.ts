/** Lets work of the same name run one after another, in the order of asking, inside this process. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  async take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve()
    // Never begun at once: what it asks for in passing has to come after it.
    const result = before.then(work)
    const after = result.then(
      () => undefined,
      () => undefined,
    )
    this.#last.set(name, after)
    try {
      return await result
    } finally {
      if (this.#last.get(name) === after) this.#last.delete(name)
    }
  }
}
