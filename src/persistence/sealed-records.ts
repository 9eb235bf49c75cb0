import { hash } from 'node:crypto'
import { checkSeal } from './answers.ts'
import { DEFAULT_NAME } from '../token.ts'
import type { Capabilities, SealedStoreContract, SetResult, Store, Stored } from '../stores/store.ts'

/** What a record that the client holds can do: no writer sees the write of another. */
export const SEALED: Capabilities = { atomic: false, shared: true, durable: true, expires: true, lock: false }

/** The length of the ids that are drawn for sealed sessions, and of the mark of a name. */
const ID_LENGTH = 43
const MARK_LENGTH = 13

/** A sealed store's side of one request: the records that travel in its tokens, as if they stood in a store. */
export class SealedRecords implements Store {
  readonly capabilities: Capabilities = SEALED
  readonly #store: SealedStoreContract
  /**
   * Stands behind the ids of sessions that have another name than the default, so that the token of one instance is
   * none of another one's, whatever the store. Of base64url, and of such a length that the store can pack both.
   */
  readonly #mark: string
  readonly #onSeal: (id: string, token: string) => void
  readonly #held = new Map<string, Stored>()
  #holds = 0

  /** `onSeal` takes the new token to the client, or throws when it is too late for that. */
  constructor(
    store: SealedStoreContract,
    name: string = DEFAULT_NAME,
    onSeal: (id: string, token: string) => void,
  ) {
    this.#store = store
    this.#mark = name === DEFAULT_NAME ? '' : hash('sha256', name, 'base64url').slice(0, MARK_LENGTH)
    this.#onSeal = onSeal
  }

  /** The id inside the token; `undefined` when this store did not seal it for sessions of this name. */
  idOf(token: string): string | undefined {
    const opened = this.#store.open(token)
    if (!opened || opened.id.slice(ID_LENGTH) !== this.#mark) return undefined
    const id = opened.id.slice(0, ID_LENGTH)
    this.#hold(id, opened.data, opened.expiresAt)
    return id
  }

  get(id: string): Stored | undefined {
    return this.#held.get(id)
  }

  set(id: string, data: string, expiresAt: number): SetResult {
    this.#onSeal(id, checkSeal(this.#store.seal(id + this.#mark, data, expiresAt)))
    return { ok: true, version: this.#hold(id, data, expiresAt) }
  }

  touch(id: string, expiresAt: number): boolean {
    const held = this.#held.get(id)
    return held !== undefined && this.set(id, held.data, expiresAt).ok
  }

  delete(id: string): boolean {
    return this.#held.delete(id)
  }

  /** Returns the version: nobody but this request writes what it holds. */
  #hold(id: string, data: string, expiresAt: number): string {
    const version = String((this.#holds += 1))
    this.#held.set(id, { data, expiresAt, version })
    return version
  }
}

export function isSealed(store: Store | SealedStoreContract): store is SealedStoreContract {
  return 'seal' in store && 'open' in store
}
