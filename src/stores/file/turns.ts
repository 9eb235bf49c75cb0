/**
 * One task at a time for each key, in the order they came. It keeps the contention inside a process
 * off the disk.
 */
export class Turns {
  readonly #tails = new Map<string, Promise<unknown>>()

  /** The task is told whether others were before it. */
  run<T>(key: string, task: (waited: boolean) => Promise<T>): Promise<T> {
    const before = this.#tails.get(key)
    const result = before === undefined ? task(false) : before.then(() => task(true))
    const tail = result
      .catch(() => undefined)
      .then(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key)
      })
    this.#tails.set(key, tail)
    return result
  }

  /** How many keys are in use. */
  get size(): number {
    return this.#tails.size
  }
}
