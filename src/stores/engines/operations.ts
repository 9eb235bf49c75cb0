/** What a store has under way. */
export class Operations {
  readonly #running = new Set<Promise<unknown>>()

  follow<T>(operation: Promise<T>): Promise<T> {
    this.#running.add(operation)
    const over = (): void => void this.#running.delete(operation)
    operation.then(over, over)
    return operation
  }

  /** Resolves when nothing is under way any more. */
  async over(): Promise<void> {
    await Promise.allSettled(this.#running)
    // So that whoever waits for one of them hears of it before.
    await new Promise(setImmediate)
  }
}
