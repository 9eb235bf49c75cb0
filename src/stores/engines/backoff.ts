/** Delays that double from the shortest to the longest, in milliseconds, each drawn between half of it and all. */
export class Backoff {
  readonly #longest: number
  #delay = 1

  constructor(longest: number) {
    this.#longest = longest
  }

  next(): number {
    const delay = Math.min(this.#delay, this.#longest)
    this.#delay = delay * 2
    return delay * (0.5 + Math.random() / 2)
  }
}
