import { NONE } from './slots.ts'

/** Slots in the order of their last use: a doubly linked list in two flat arrays. */
export class Recency {
  readonly #newer: Int32Array
  readonly #older: Int32Array
  #newest: number = NONE
  #oldest: number = NONE

  constructor(max: number) {
    this.#newer = new Int32Array(max)
    this.#older = new Int32Array(max)
  }

  /** The slot that has gone unused for longest, or `NONE`. */
  get oldest(): number {
    return this.#oldest
  }

  add(slot: number): void {
    this.#newer[slot] = NONE
    this.#older[slot] = this.#newest
    if (this.#newest === NONE) this.#oldest = slot
    else this.#newer[this.#newest] = slot
    this.#newest = slot
  }

  remove(slot: number): void {
    const newer = this.#newer[slot]!
    const older = this.#older[slot]!
    if (newer === NONE) this.#newest = older
    else this.#older[newer] = older
    if (older === NONE) this.#oldest = newer
    else this.#newer[older] = newer
  }

  use(slot: number): void {
    if (slot === this.#newest) return
    this.remove(slot)
    this.add(slot)
  }
}
