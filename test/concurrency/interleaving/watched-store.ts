import { namedLines, textIn } from '../../../src/draft/lines.ts'
import { isTombstone, parseRecord } from '../../../src/record.ts'
import type {
  Capabilities,
  Condition,
  Lock,
  LockOptions,
  MaybePromise,
  SetResult,
  Store,
  Stored,
} from '../../../src/index.ts'
import type { Values } from './values.ts'

/** The user's data in the lines of a record. */
export function dataIn(lines: string): Values {
  return Object.fromEntries(
    [...namedLines(lines, 'd')].map(([name, line]) => [name, JSON.parse(textIn(line, name)) as unknown]),
  )
}

/** A store whose records can be looked into, and that notices a version given twice. */
export class WatchedStore implements Store {
  readonly capabilities: Capabilities
  readonly #inner: Store
  readonly #ids = new Map<string, Set<string>>()
  /** Versions that were given twice. */
  repeated = 0

  constructor(inner: Store) {
    this.#inner = inner
    this.capabilities = inner.capabilities
  }

  /** Forgets what it has seen. */
  forget(): void {
    this.#ids.clear()
    this.repeated = 0
  }

  /** The ids of all records written so far. */
  get ids(): Iterable<string> {
    return this.#ids.keys()
  }

  /** The data under this id when a session is alive there. */
  async alive(id: string, now: number): Promise<Values | undefined> {
    const stored = await this.#inner.get(id)
    const record = stored && parseRecord(id, stored)
    if (!record || isTombstone(record) || now > record.expiresAt) return undefined
    return dataIn(record.lines)
  }

  get(id: string): MaybePromise<Stored | undefined> {
    return this.#inner.get(id)
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    const result = await this.#inner.set(id, data, expiresAt, when)
    if (result.ok) this.#note(id, result.version)
    return result
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    return this.#inner.touch(id, expiresAt, version)
  }

  delete(id: string): MaybePromise<boolean> {
    return this.#inner.delete(id)
  }

  lock(id: string, options: LockOptions): Promise<Lock> {
    return this.#inner.lock!(id, options)
  }

  #note(id: string, version: string): void {
    const versions = this.#ids.get(id) ?? new Set()
    this.#ids.set(id, versions)
    if (versions.has(version)) this.repeated++
    versions.add(version)
  }
}
