import { randomBytes, randomUUID } from 'node:crypto'
import { CorruptRecordError, SessionConfigError, type Stored, StoreUnavailableError } from '../index.ts'
import { NEVER } from '../record.ts'
import { safeKey } from '../stores/cache/key.ts'
import { digest, type Envelope, ENVELOPE, isObject, pack, unpack, type Values } from './envelope.ts'
import { type Form, kept, looksLike } from './forms.ts'

/** The methods of somebody else's store, as promises. `ttl` in milliseconds; `undefined` for ever. */
export interface BackEnd {
  get(key: string): Promise<unknown>
  set(key: string, record: Values, ttl: number | undefined): Promise<void>
  destroy(key: string): Promise<void>
}

/** A record, and what its write drew. */
export interface Found {
  readonly stored: Stored
  readonly nonce: string
}

/**
 * Records in the form of another library, so that the library can read them: the keys of the data as they are, and
 * one more key for everything that the library does not use.
 */
export class ForeignRecords {
  readonly #backEnd: BackEnd
  readonly #form: Form
  readonly #prefix: string
  readonly #clock: () => number

  constructor(backEnd: BackEnd, form: Form, { prefix, clock }: { prefix: string; clock: () => number }) {
    this.#backEnd = backEnd
    this.#form = form
    this.#prefix = prefix
    this.#clock = clock
  }

  /** @throws CorruptRecordError for what is no session of that library, with what it looks like */
  async read(id: string): Promise<Found | undefined> {
    const record = await this.#get(id)
    // Stores say in many ways that there is nothing.
    if (record === undefined || record === null || record === false || record === '') return undefined
    if (!isObject(record)) throw notOne(record)
    const envelope = envelopeIn(record)
    const times = this.#form.read(record, envelope, this.#clock())
    if (!times) throw notOne(record)
    const { createdAt, expiresAt } = times
    const ours = (name: string): boolean => name === ENVELOPE || this.#form.own.includes(name)
    const fields = Object.fromEntries(Object.entries(record).filter(([name]) => !ours(name)))
    const nonce = envelope?.nonce ?? ''
    const data = unpack(fields, envelope ?? {}, { createdAt, updatedAt: createdAt })
    return { stored: { data, version: versionOf(nonce, fields), expiresAt }, nonce }
  }

  /** Resolves to the version. */
  async write(id: string, data: string, expiresAt: number, nonce: string = newNonce()): Promise<string> {
    const now = this.#clock()
    const { fields, rest } = pack(data, (name) => this.#form.hides(name))
    const envelope: Envelope = { ...rest, nonce, expiresAt }
    const left = kept(expiresAt) - now
    if (left <= 0) {
      // Zero and less mean many things, for ever among them.
      await this.destroy(id)
    } else {
      const record = { ...fields, [ENVELOPE]: envelope, ...this.#form.write(expiresAt, now) }
      await this.#backEnd.set(this.#key(id), record, expiresAt >= NEVER ? undefined : left)
    }
    return versionOf(nonce, fields)
  }

  /** Whether there is a record, and be it one that cannot be read. */
  async exists(id: string): Promise<boolean> {
    try {
      return (await this.read(id)) !== undefined
    } catch (error) {
      if (error instanceof CorruptRecordError) return true
      throw error
    }
  }

  destroy(id: string): Promise<void> {
    return this.#backEnd.destroy(this.#key(id))
  }

  /** Keeps and removes something, to see whether it does. */
  async verify(): Promise<void> {
    const id = `probe-${randomUUID()}`
    const version = await this.write(id, 'probe', this.#clock())
    const found = await this.read(id)
    await this.destroy(id)
    if (found?.stored.data === 'probe' && found.stored.version === version) return
    if (found)
      throw new SessionConfigError('Expected the store to return the session that was set, got another.')
    throw new StoreUnavailableError(
      'Expected the store to keep the session that was set, but it is not there.',
      {
        outcome: 'none',
      },
    )
  }

  async #get(id: string): Promise<unknown> {
    try {
      return await this.#backEnd.get(this.#key(id))
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause
      throw new CorruptRecordError('Expected a session in the store, found a text that is no JSON.')
    }
  }

  #key(id: string): string {
    return safeKey(this.#prefix, id)
  }
}

const newNonce = (): string => randomBytes(12).toString('base64url')

/** New with each of our writes, and when another library has changed the data. */
const versionOf = (nonce: string, fields: Values): string => `${nonce}.${digest(fields)}`

function envelopeIn(record: Values): Envelope | undefined {
  const envelope = record[ENVELOPE]
  if (envelope === undefined) return undefined
  if (
    isObject(envelope) &&
    typeof envelope['nonce'] === 'string' &&
    typeof envelope['expiresAt'] === 'number'
  )
    return envelope as unknown as Envelope
  throw new CorruptRecordError(`The part '${ENVELOPE}' of a session in the store is damaged.`)
}

function notOne(record: unknown): CorruptRecordError {
  return new CorruptRecordError(`Expected a session in the store, found ${looksLike(record)}.`)
}
