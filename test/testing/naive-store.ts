import { StoreUnavailableError } from '../../src/errors.ts'
import type { MaybePromise } from '../../src/maybe-promise.ts'
import type {
  Capabilities,
  Condition,
  SetResult,
  Store,
  Stored,
  SweepOptions,
  SweepResult,
} from '../../src/stores/store.ts'
import { RETENTION } from '../../src/stores/store.ts'

export interface Place {
  records: Map<string, Stored>
}

/** The simplest store that is right, in parts that a broken store can replace. */
export class NaiveStore implements Store {
  readonly capabilities: Capabilities = {
    atomic: true,
    shared: false,
    durable: true,
    expires: false,
    lock: false,
  }

  readonly place: Place
  readonly clock: () => number
  protected versions = 0
  #closed = false

  constructor(clock: () => number, place: Place = { records: new Map() }) {
    this.clock = clock
    this.place = place
  }

  protected version(_id: string, _data: string): string {
    return `${(this.versions += 1)} ${Math.random()}`
  }

  get(id: string): MaybePromise<Stored | undefined> {
    this.assertOpen()
    const record = this.place.records.get(id)
    return record && { ...record }
  }

  set(id: string, data: string, expiresAt: number, when: Condition): MaybePromise<SetResult> {
    this.assertOpen()
    const current = this.place.records.get(id)
    if (!this.holds(when, current)) return { ok: false, current: current && { ...current } }
    const version = this.version(id, data)
    this.place.records.set(id, { data, version, expiresAt })
    return { ok: true, version }
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    this.assertOpen()
    const record = this.place.records.get(id)
    if (record?.version !== version) return false
    if (expiresAt > record.expiresAt) this.place.records.set(id, { ...record, expiresAt })
    return true
  }

  delete(id: string): MaybePromise<boolean> {
    this.assertOpen()
    return this.place.records.delete(id)
  }

  async sweep({ limit = Infinity }: SweepOptions = {}): Promise<SweepResult> {
    this.assertOpen()
    const expired = this.expired()
    for (const id of expired.slice(0, limit)) this.place.records.delete(id)
    return { removed: Math.min(limit, expired.length), done: expired.length <= limit }
  }

  close(): MaybePromise<void> {
    this.#closed = true
  }

  protected expired(): string[] {
    const latest = this.clock() - RETENTION
    return [...this.place.records].flatMap(([id, { expiresAt }]) => (expiresAt <= latest ? [id] : []))
  }

  protected holds(when: Condition, current: Stored | undefined): boolean {
    if (typeof when === 'object') return current?.version === when.version
    return when === 'present' ? current !== undefined : current === undefined
  }

  protected assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The store is closed.', { outcome: 'none' })
  }
}
