import type { Condition, SetResult } from '../../src/index.ts'
import { isTombstone, parseRecord } from '../../src/record.ts'
import { MemoryStore } from '../../src/stores/memory.ts'

/** The store in memory, which counts the records with data that are put into it. */
export class CountingStore extends MemoryStore {
  written = 0

  override set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
    const result = super.set(id, data, expiresAt, when)
    if (result.ok && !isTombstone(parseRecord(id, { ...result, data, expiresAt }))) this.written += 1
    return result
  }

  /** How many were written while `act` ran, save those of another `during` within. */
  async during<T>(act: () => Promise<T>): Promise<{ readonly result: T; readonly written: number }> {
    const before = this.written
    this.written = 0
    try {
      const result = await act()
      return { result, written: this.written }
    } finally {
      this.written = before
    }
  }
}
