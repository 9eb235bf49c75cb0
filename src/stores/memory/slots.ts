/** No slot: the end of a list, or an id that is not there. */
export const NONE = -1

const SHARDS = 64

/**
 * Ids to slots. Spread over many small maps, because a single one of a million entries stops the
 * process for some 25 ms whenever it grows.
 */
export class SlotIndex {
  readonly #shards: readonly Map<string, number>[] = Array.from({ length: SHARDS }, () => new Map())
  #size = 0

  get size(): number {
    return this.#size
  }

  find(id: string): number {
    return this.#shard(id).get(id) ?? NONE
  }

  add(id: string, slot: number): void {
    this.#shard(id).set(id, slot)
    this.#size += 1
  }

  remove(id: string): void {
    if (this.#shard(id).delete(id)) this.#size -= 1
  }

  clear(): void {
    for (const shard of this.#shards) shard.clear()
    this.#size = 0
  }

  #shard(id: string): Map<string, number> {
    const { length } = id
    if (length < 2) return this.#shards[0]!
    // Both ends count, so that numbered ids spread as well as random ones.
    const mixed = id.charCodeAt(0) * 5 + id.charCodeAt(length - 1) * 7 + id.charCodeAt(length - 2) * 31
    return this.#shards[mixed % SHARDS]!
  }
}
