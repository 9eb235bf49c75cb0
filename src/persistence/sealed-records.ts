import { hash } from 'node:crypto'
import { checkSeal } from './answers.ts'
import { DEFAULT_NAME } from '../token.ts'
import type { Capabilities, SealedStoreContract, SetResult, Store, Stored } from '../stores/store.ts'

/** What a record that the client holds can do: no writer sees the write of another. */
export const SEALED: Capabilities = { atomic: false, shared: true, durable: true, expires: true, lock: false }

/** The length of the ids that are drawn for sealed sessions, and of the mark of a name. */
const ID_LENGTH = 43
const MARK_LENGTH = 13

/**
 * Stands behind the ids of sessions that have another name than the default, so that the token of one instance is
 * none of another one's, whatever the store. Of base64url, and of such a length that the store can pack both.
 */
function markOf(name: string): string {
  return name === DEFAULT_NAME ? '' : hash('sha256', name, 'base64url').slice(0, MARK_LENGTH)
}

/** The end of a token tells it from others, and alone is good for nothing. */
const VERSION_LENGTH = 20

/** A sealed store's side of one request: the one record that travels in the token, as if it stood in a store. */
export class SealedRecords implements Store {
  readonly capabilities: Capabilities = SEALED
  readonly #store: SealedStoreContract
  readonly #mark: string
  readonly #onSeal: (id: string, token: string) => void
  readonly #held = new Map<string, Stored>()

  /** `onSeal` takes the new token to the client, or throws when it is too late for that. */
  constructor(
    store: SealedStoreContract,
    name: string = DEFAULT_NAME,
    onSeal: (id: string, token: string) => void = () => undefined,
  ) {
    this.#store = store
    this.#mark = markOf(name)
    this.#onSeal = onSeal
  }

  /** The id inside the token; `undefined` when this store did not seal it. */
  idOf(token: string): string | undefined {
    const opened = this.#store.open(token)
    const id = opened && this.#ownId(opened.id)
    if (id !== undefined) {
      const { data, expiresAt } = opened!
      // Whatever the store calls the version: a whole token must not stand in a record.
      this.#held.set(id, { data, expiresAt, version: versionOf(token) })
    }
    return id
  }

  get(id: string): Stored | undefined {
    return this.#held.get(id)
  }

  set(id: string, data: string, expiresAt: number): SetResult {
    const token = checkSeal(this.#store.seal(id + this.#mark, data, expiresAt))
    this.#onSeal(id, token)
    const version = versionOf(token)
    this.#held.set(id, { data, expiresAt, version })
    return { ok: true, version }
  }

  touch(id: string, expiresAt: number): boolean {
    const held = this.#held.get(id)
    return held !== undefined && this.set(id, held.data, expiresAt).ok
  }

  delete(id: string): boolean {
    return this.#held.delete(id)
  }

  /** The id in a token without our mark; `undefined` where it has none, or that of another name. */
  #ownId(id: string): string | undefined {
    if (this.#mark === '') return id.length === ID_LENGTH + MARK_LENGTH ? undefined : id
    return id.endsWith(this.#mark) ? id.slice(0, -MARK_LENGTH) : undefined
  }
}

/** Never a whole token, however short those of a store are. */
function versionOf(token: string): string {
  return token.slice(-Math.min(VERSION_LENGTH, Math.ceil(token.length / 2)))
}

export function isSealed(store: Store | SealedStoreContract): store is SealedStoreContract {
  return 'seal' in store && 'open' in store
}
