/** A clock that runs as the real one does, and can be moved ahead: what the option `clock` takes. */
export class Clock {
  #ahead = 0

  readonly now = (): number => Date.now() + this.#ahead

  advance(ms: number): void {
    this.#ahead += ms
  }
}
