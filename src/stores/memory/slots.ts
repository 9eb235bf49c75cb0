/** No slot: the end of a list, or an id that is not there. */
export const NONE = -1

const SHARDS = 16

/**
 * Ids to slots. Spread over several maps, because a single one of a million entries stops the
 * process for some 30 ms whenever it grows.
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
    // The last but one: the last of 43 characters has no more than four bits. NaN, where there is none, counts as 0.
    return this.#shards[id.charCodeAt(id.length - 2) & (SHARDS - 1)]!
  }
}
