import { CorruptRecordError } from '../../errors.ts'
import { keyOf } from '../engines/key.ts'
import type { Condition, SetResult, Stored } from '../store.ts'
import type { LmdbDatabase } from './database.ts'
import type { Tables } from './environment.ts'
import { DAMAGED, decodeRecord, encodeRecord, withDeadline } from './format.ts'

const NOTHING: Buffer = Buffer.alloc(0)

/** The records and the index of their deadlines, which change together. */
export class Records {
  readonly #database: LmdbDatabase

  constructor(database: LmdbDatabase) {
    this.#database = database
  }

  get(id: string): Stored | undefined {
    const key = keyOf(id)
    const value = this.#database.read('read a record', ({ records }) => records.getBinary(key))
    const record = value && decodeRecord(value)
    if (record !== DAMAGED) return record
    // Nobody waits for this; the next write to it does the same.
    this.#database
      .write('set a record aside', (tables) => void this.#find(tables, key))
      .catch(() => undefined)
    throw corrupt()
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    const key = keyOf(id)
    const until = checked(expiresAt)
    const { value, version } = encodeRecord(data, until)
    return this.#database.write<SetResult>('write a record', (tables) => {
      const { record, damaged } = this.#find(tables, key)
      if (!holds(when, record)) {
        if (damaged) throw corrupt()
        return { ok: false, current: record }
      }
      // The index first: should the second fail, what is left over in it harms nobody.
      tables.deadlines.putSync([until, key], NOTHING)
      tables.records.putSync(key, value)
      if (record && record.expiresAt !== until) tables.deadlines.removeSync([record.expiresAt, key])
      return { ok: true, version }
    })
  }

  async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    const key = keyOf(id)
    const until = checked(expiresAt)
    return this.#database.write('touch a record', (tables) => {
      const { record, value } = this.#find(tables, key)
      if (record?.version !== version) return false
      if (until > record.expiresAt) {
        tables.deadlines.putSync([until, key], NOTHING)
        tables.records.putSync(key, withDeadline(value!, until))
        tables.deadlines.removeSync([record.expiresAt, key])
      }
      return true
    })
  }

  async delete(id: string): Promise<boolean> {
    const key = keyOf(id)
    return this.#database.write('delete a record', (tables) => {
      const value = tables.records.getBinary(key)
      if (value === undefined) return false
      const record = decodeRecord(value)
      tables.records.removeSync(key)
      if (record !== DAMAGED) tables.deadlines.removeSync([record.expiresAt, key])
      return true
    })
  }

  /** In a transaction. A damaged value is set aside, and its key is free. */
  #find(tables: Tables, key: string): { record?: Stored; value?: Buffer; damaged?: boolean } {
    const value = tables.records.getBinary(key)
    if (value === undefined) return {}
    const record = decodeRecord(value)
    if (record !== DAMAGED) return { record, value }
    tables.damaged.putSync([this.#database.settings.clock(), key], value)
    tables.records.removeSync(key)
    return { damaged: true }
  }
}

function holds(when: Condition, record: Stored | undefined): boolean {
  if (when === 'absent') return record === undefined
  if (record === undefined) return false
  return when === 'present' || when.version === record.version
}

function corrupt(): CorruptRecordError {
  return new CorruptRecordError('A record is damaged; its value has been set aside.')
}

function checked(expiresAt: number): number {
  if (typeof expiresAt === 'number' && !Number.isNaN(expiresAt)) return Math.ceil(expiresAt)
  throw new TypeError('expiresAt must be a number: milliseconds since the epoch')
}
