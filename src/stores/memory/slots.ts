import { Texts } from './texts.ts'

/** No slot: the end of a list, or an id that is not there. */
export const NONE = -1

/**
 * Ids to slots: a hash table in flat arrays. A Map of a million entries stops the process for some 30 ms whenever it
 * grows, and to find that an id is not there it visits many strings.
 */
export class SlotIndex {
  readonly #mask: number
  /** The first slot of each bucket and the next one after each slot, plus one: 0 is none, so nothing has to be filled. */
  readonly #first: Int32Array
  readonly #next: Int32Array
  /** Tells most other ids of a bucket apart, without a look at them. */
  readonly #hashes: Int32Array
  readonly #ids = new Texts()
  #size = 0

  constructor(max: number) {
    const buckets = 2 ** Math.ceil(Math.log2(max))
    this.#mask = buckets - 1
    this.#first = new Int32Array(buckets)
    this.#next = new Int32Array(max)
    this.#hashes = new Int32Array(max)
  }

  get size(): number {
    return this.#size
  }

  find(id: string): number {
    const hash = hashOf(id)
    let slot = this.#first[hash & this.#mask]! - 1
    while (slot !== NONE && (this.#hashes[slot] !== hash || this.#ids.get(slot) !== id))
      slot = this.#next[slot]! - 1
    return slot
  }

  add(id: string, slot: number): void {
    const hash = hashOf(id)
    this.#hashes[slot] = hash
    this.#next[slot] = this.#first[hash & this.#mask]!
    this.#first[hash & this.#mask] = slot + 1
    this.#ids.set(slot, id)
    this.#size += 1
  }

  remove(slot: number): void {
    const bucket = this.#hashes[slot]! & this.#mask
    const next = this.#next[slot]!
    let before = this.#first[bucket]! - 1
    if (before === slot) this.#first[bucket] = next
    else {
      while (this.#next[before] !== slot + 1) before = this.#next[before]! - 1
      this.#next[before] = next
    }
    this.#ids.set(slot, '')
    this.#size -= 1
  }

  clear(): void {
    this.#first.fill(0)
    this.#ids.clear()
    this.#size = 0
  }
}

/** FNV-1a, as the 32 bits with a sign that the arrays hold. Nobody outside can choose ids, which are hashes themselves. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5 | 0
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  return hash
}
