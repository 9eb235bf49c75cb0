import { MemoryStore } from '../../../src/stores/memory.ts'
import { formatTombstone, isTombstone, parseRecord } from '../../../src/record.ts'
import type { Condition, SetResult, Stored } from '../../../src/index.ts'

/** Writes whatever version stands there. */
export class HeedlessStore extends MemoryStore {
  override set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
    return super.set(id, data, expiresAt, when === 'absent' ? 'absent' : 'present')
  }
}

/** Brings a session back when it is touched. */
export class RevivingStore extends MemoryStore {
  readonly #last = new Map<string, string>()

  override set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
    if (!isTombstone(parseRecord(id, { data, expiresAt, version: '' }))) this.#last.set(id, data)
    return super.set(id, data, expiresAt, when)
  }

  override touch(id: string, expiresAt: number): boolean {
    return super.set(id, this.#last.get(id)!, expiresAt, 'present').ok
  }
}

/** Derives the version from the text, so that the same text has the same version again. */
export class DigestStore extends MemoryStore {
  override get(id: string): Stored | undefined {
    const stored = super.get(id)
    return stored && { ...stored, version: String(stored.data.length) }
  }

  override set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
    const current = this.get(id)
    const stale = typeof when === 'object' && when.version !== current?.version
    if (stale) return { ok: false, current }
    const result = super.set(id, data, expiresAt, when === 'absent' ? 'absent' : 'present')
    return result.ok ? { ok: true, version: String(data.length) } : result
  }

  override touch(id: string, expiresAt: number, version: string): boolean {
    const current = super.get(id)
    if (current === undefined || version !== String(current.data.length)) return false
    return super.touch(id, expiresAt, current.version)
  }
}

/** Forgets why a session is gone. */
export class ForgetfulStore extends MemoryStore {
  override set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
    const written = parseRecord(id, { data, expiresAt, version: '' })
    const kept = isTombstone(written) ? formatTombstone({ endedAt: written.endedAt, moved: false }) : data
    return super.set(id, kept, expiresAt, when)
  }
}

/** Remembers what it has read, and does not look again. */
export class CachingStore extends MemoryStore {
  readonly #read = new Map<string, Stored>()

  override get(id: string): Stored | undefined {
    const stored = this.#read.get(id) ?? super.get(id)
    if (stored) this.#read.set(id, stored)
    return stored
  }
}
