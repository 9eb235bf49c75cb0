/** Lets work of the same name run one after another, in the order of asking, inside this process. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Names that have work under way. */
  get size(): number {
    return this.#last.size
  }

  /** The work is told whether other work was before it. */
  take<T>(name: string, work: (waited: boolean) => Promise<T>): Promise<T> {
    const before = this.#last.get(name)
    // Never begun at once: what it asks for in passing has to come after it.
    const result = (before ?? Promise.resolve()).then(() => work(before !== undefined))
    const leave = (): void => {
      if (this.#last.get(name) === after) this.#last.delete(name)
    }
    const after = result.then(leave, leave)
    this.#last.set(name, after)
    return result
  }
}
