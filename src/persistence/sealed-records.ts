import type { Capabilities, SealedStoreContract, SetResult, Store, Stored } from '../stores/store.ts'

/** What a record that the client holds can do: no writer sees another one's write. */
export const SEALED: Capabilities = { atomic: false, shared: true, durable: true, expires: true, lock: false }

/** The end of a token tells it from others, and alone is good for nothing. */
const VERSION_LENGTH = 20

/** A sealed store's side of one request: the one record that travels in the token, as if it stood in a store. */
export class SealedRecords implements Store {
  readonly capabilities: Capabilities = SEALED
  readonly #store: SealedStoreContract
  readonly #onSeal: (id: string, token: string) => void
  readonly #held = new Map<string, Stored>()

  /** `onSeal` takes the new token to the client, or throws when it is too late for that. */
  constructor(store: SealedStoreContract, onSeal: (id: string, token: string) => void) {
    this.#store = store
    this.#onSeal = onSeal
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

  set(id: string, data: string, expiresAt: number): SetResult {
    const token = this.#store.seal(id, data, expiresAt)
    this.#onSeal(id, token)
    const version = token.slice(-VERSION_LENGTH)
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
}

export function isSealed(store: Store | SealedStoreContract): store is SealedStoreContract {
  return 'seal' in store && 'open' in store
}
