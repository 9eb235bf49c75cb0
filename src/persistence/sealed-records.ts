import type { Session } from '../session.ts'
import type { Capabilities, SealedStoreContract, SetResult, Store, Stored } from '../stores/store.ts'

/** What a record that the client holds can do: no writer sees another one's write. */
export const SEALED: Capabilities = { atomic: false, shared: true, durable: true, expires: true, lock: false }

/** A sealed store's side of one request: the one record that travels in the token, as if it stood in a store. */
export class SealedRecords implements Store {
  readonly capabilities: Capabilities = SEALED
  readonly #store: SealedStoreContract
  readonly #session: Session
  readonly #held = new Map<string, Stored>()

  constructor(store: SealedStoreContract, session: Session) {
    this.#store = store
    this.#session = session
  }

  /** The id inside the token; `undefined` when this store did not seal it. */
  idOf(token: string): string | undefined {
    const opened = this.#store.open(token)
    if (opened) this.#held.set(opened.id, opened)
    return opened?.id
  }

  get(id: string): Stored | undefined {
    return this.#held.get(id)
  }

  /** @throws SessionError `ERR_HEADERS_SENT`: the record leaves with the headers or is lost. */
  set(id: string, data: string, expiresAt: number): SetResult {
    this.#session.requireHeaders()
    const token = this.#store.seal(id, data, expiresAt)
    this.#session.credential.take({ id, token })
    this.#held.set(id, { data, expiresAt, version: token })
    return { ok: true, version: token }
  }

  touch(id: string, expiresAt: number): boolean {
    const held = this.#held.get(id)
    return held !== undefined && this.set(id, held.data, expiresAt).ok
  }

  delete(id: string): boolean {
    return this.#held.delete(id)
  }
}

export function isSealed(store: Store | SealedStoreContract): store is SealedStoreContract {
  return 'seal' in store && 'open' in store
}
