import { unpackRecord, packRecord } from './sealed/content.ts'
import type { SealingKey } from './sealed/key.ts'
import { planSealing, type SealedStoreOptions } from './sealed/options.ts'
import type { SealedStoreContract, Stored } from './store.ts'

export type { SealedStoreOptions } from './sealed/options.ts'

/** Characters at the end of a token that lie wholly in the authentication tag: 120 bits of it. */
const TAG_CHARACTERS = 20

/**
 * Keeps nothing on the server: the record travels in the token, encrypted and authenticated with AES-256-GCM
 * (NIST SP 800-38D) under keys derived by HKDF-SHA256 (RFC 5869). The client can neither read nor alter it.
 *
 * A sealed session cannot be ended elsewhere (a copy of an old cookie opens until the deadline inside), and cannot
 * reconcile parallel requests (the last response wins), because nobody but the client holds the record. So
 * `concurrency: 'merge'` and `'lock'` are refused at start, `update()` rejects, `lateStore` throws.
 * Name and value of a cookie have room for 4096 bytes: some 2900 bytes of data; beyond, a
 * `SessionTooLargeError` before the headers.
 */
export class SealedStore implements SealedStoreContract {
  readonly #keys: readonly [SealingKey, ...SealingKey[]]

  /** @throws SessionConfigError for a mistake in the options; the message shows no key. */
  constructor(options: SealedStoreOptions) {
    this.#keys = planSealing(options)
  }

  /** A new token, with the newest key. Each call returns another token, also for the same record. */
  seal(id: string, data: string, expiresAt: number): string {
    return this.#keys[0].seal(packRecord({ id, data, expiresAt }))
  }

  /** Never throws. `undefined` for anything that was not sealed with one of the keys for this purpose. */
  open(token: string): (Stored & { readonly id: string }) | undefined {
    if (typeof token !== 'string') return undefined
    for (const key of this.#keys) {
      const plain = key.open(token)
      if (!plain) continue
      const { id, data, expiresAt } = unpackRecord(plain)
      return { id, data, expiresAt, version: token.slice(-TAG_CHARACTERS) }
    }
    return undefined
  }
}
