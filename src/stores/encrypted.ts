import { createHash } from 'node:crypto'
import { wrongOption } from '../checks/messages.ts'
import { CorruptRecordError } from '../errors.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import { packRecord, unpackRecord } from './sealed/content.ts'
import type { SealingKey } from './sealed/key.ts'
import { planSealing, type SealedStoreOptions } from './sealed/options.ts'
import type { Capabilities, Condition, SetResult, Store, Stored } from './store.ts'

/** Keys and purpose mean what they mean for `SealedStore`. */
export type EncryptedOptions = SealedStoreOptions

/**
 * A store around another store: records are encrypted and authenticated with AES-256-GCM, and bound to their ids.
 * A reader of the inner store learns ids, sizes and deadlines. A record in the place of another record does not open.
 * Ids, versions, conditions and capabilities are those of the inner store. A record that opens with no key is a
 * `CorruptRecordError`.
 *
 * @throws {SessionConfigError} for a mistake in the options, which shows no key, or a value that is no store
 */
export function encrypted(store: Store, options: EncryptedOptions): Store {
  const methods = ['get', 'set', 'touch', 'delete'] as const
  const given = store as Partial<Store> | null | undefined
  if (!methods.every((method) => typeof given?.[method] === 'function') || !given?.capabilities) {
    throw wrongOption('the first argument of encrypted', 'a store with get, set, touch and delete', store)
  }
  const sealed: Store = new EncryptedStore(store, planSealing(options, 'encrypted', 'store '))
  // What a store can do shows in which of these it has.
  if (store.lock) sealed.lock = (id, lock) => store.lock!(id, lock)
  if (store.sweep) sealed.sweep = (sweep) => store.sweep!(sweep)
  if (store.close) sealed.close = () => store.close!()
  return sealed
}

class EncryptedStore implements Store {
  readonly capabilities: Capabilities
  readonly #store: Store
  readonly #keys: readonly [SealingKey, ...SealingKey[]]

  constructor(store: Store, keys: readonly [SealingKey, ...SealingKey[]]) {
    this.capabilities = store.capabilities
    this.#store = store
    this.#keys = keys
  }

  get(id: string): MaybePromise<Stored | undefined> {
    return chain(this.#store.get(id), (stored) => stored && this.#open(id, stored))
  }

  set(id: string, data: string, expiresAt: number, when: Condition): MaybePromise<SetResult> {
    // The deadline stays outside, where a touch can move it.
    const sealed = this.#keys[0].seal(packRecord({ id: binding(id), data, expiresAt: 0 }))
    return chain(this.#store.set(id, sealed, expiresAt, when), (result) =>
      result.ok || !result.current ? result : { ok: false, current: this.#open(id, result.current) },
    )
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    return this.#store.touch(id, expiresAt, version)
  }

  delete(id: string): MaybePromise<boolean> {
    return this.#store.delete(id)
  }

  #open(id: string, { data: sealed, version, expiresAt }: Stored): Stored {
    for (const key of this.#keys) {
      const plain = key.open(sealed)
      if (!plain) continue
      const record = unpackRecord(plain)
      if (record.id === binding(id)) return { data: record.data, version, expiresAt }
    }
    throw new CorruptRecordError(
      'An encrypted record does not open: no key fits, or the record belongs to another session.',
    )
  }
}

/** Stands inside the record for its id, whatever that is made of. */
function binding(id: string): string {
  return createHash('sha256').update(id, 'utf16le').digest('base64url')
}
