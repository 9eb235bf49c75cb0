import { CorruptRecordError, StoreUnavailableError } from '../../errors.ts'
import { generateToken } from '../../token.ts'
import { keyOf } from '../engines/key.ts'
import { decodeText, encodeText } from '../engines/text.ts'
import type { Condition, SetResult, Stored } from '../store.ts'
import type { Query } from './connection.ts'
import type { Database, Work } from './database.ts'
import { insertIfAbsent } from './insert.ts'

/** Databases keep 64 bits, JavaScript counts to 53. */
const FARTHEST = Number.MAX_SAFE_INTEGER
/** 132 random bits: no version comes twice, and a write whose answer was lost is known by its own. */
const VERSION = /^[\w-]{22}$/

interface Row {
  readonly version: unknown
  readonly expires_at: unknown
  readonly data: unknown
}

/** The table of the records. */
export class Records {
  readonly #database: Database
  readonly #table: string

  constructor(database: Database) {
    this.#database = database
    this.#table = database.settings.table
  }

  get(id: string): Promise<Stored | undefined> {
    const key = keyOf(id)
    return this.#database.run({ name: 'read a record', writes: false }, (query) => this.#read(query, key))
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    const key = keyOf(id)
    const version = generateToken().slice(0, 22)
    const row = { version, expires_at: deadline(expiresAt), data: encodeText(data) }
    const writes = when === 'absent' ? this.#inserting(key, row) : this.#updating(key, row, when)
    return this.#database.run({ name: 'write a record', writes: true }, async (query, again) => {
      if (await writes(query, again)) return { ok: true, version }
      const current = await this.#read(query, key)
      if (current?.version === version) return { ok: true, version }
      const replaces = typeof when === 'object' && current !== undefined
      // A try whose answer was lost may have come before the next writer.
      if (again && replaces && current.version !== when.version) throw untraceable()
      return { ok: false, current }
    })
  }

  /** One statement. An earlier deadline leaves the later one in force. */
  async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    const { knex } = this.#database.settings
    const until = deadline(expiresAt)
    const later = knex.raw('case when expires_at < ? then ? else expires_at end', [until, until])
    const update = this.#updating(keyOf(id), { expires_at: later }, { version })
    return this.#database.run({ name: 'touch a record', writes: true }, update)
  }

  async delete(id: string): Promise<boolean> {
    const { knex } = this.#database.settings
    const key = keyOf(id)
    return this.#database.run({ name: 'delete a record', writes: true }, async (query, again) => {
      const deleted = await query<number>(knex(this.#table).where('id', key).del())
      return deleted > 0 || again
    })
  }

  #inserting(key: string, row: Readonly<Record<string, unknown>>): Work<boolean> {
    const { settings } = this.#database
    return (query) => insertIfAbsent(query, settings, this.#table, { id: key, ...row })
  }

  #updating(
    key: string,
    row: Readonly<Record<string, unknown>>,
    when: Exclude<Condition, 'absent'>,
  ): Work<boolean> {
    const { knex } = this.#database.settings
    const version = when === 'present' ? undefined : when.version
    return async (query) => {
      // Of another form it is nobody's, whatever a database thinks of blanks at its end.
      if (version !== undefined && !VERSION.test(version)) return false
      const found = knex(this.#table).where(version === undefined ? { id: key } : { id: key, version })
      return (await query<number>(found.update(row))) > 0
    }
  }

  async #read(query: Query, key: string): Promise<Stored | undefined> {
    const { knex } = this.#database.settings
    const row = await query<Row | undefined>(
      knex(this.#table).where('id', key).first('version', 'expires_at', 'data'),
    )
    return row && readRow(row)
  }
}

function readRow({ version, expires_at, data }: Row): Stored {
  const text = typeof data === 'string' ? decodeText(data) : undefined
  // Drivers give 64 bits as a number, as text or as a BigInt.
  const expiresAt = expires_at === null ? Number.NaN : Number(expires_at)
  if (text === undefined || typeof version !== 'string' || Number.isNaN(expiresAt)) {
    throw new CorruptRecordError('A row of the session table holds no record.')
  }
  return { data: text, version, expiresAt }
}

function deadline(expiresAt: number): number {
  if (typeof expiresAt === 'number' && !Number.isNaN(expiresAt)) {
    return Math.max(-FARTHEST, Math.min(FARTHEST, Math.ceil(expiresAt)))
  }
  throw new TypeError('expiresAt must be a number: milliseconds since the epoch')
}

function untraceable(): StoreUnavailableError {
  return new StoreUnavailableError(
    'The connection broke while a record was written, and others have written the record since.',
    {
      outcome: 'unknown',
    },
  )
}
