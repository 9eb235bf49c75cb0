import { headersLeft } from '../http/response.ts'
import { GuardedStore } from '../persistence/guarded-store.ts'
import { SealedRecords } from '../persistence/sealed-records.ts'
import type { SealedStoreContract } from '../stores/store.ts'
import { headersSent } from './guards.ts'
import type { Life } from './life.ts'

/** The record travels in the token, and so leaves with the headers or is lost. */
export function inToken(store: SealedStoreContract, life: Life): GuardedStore {
  const { credential, ctx } = life
  const records = new SealedRecords(store, life.settings.as, (id, token) => {
    if (headersLeft(ctx)) throw headersSent()
    life.measure?.(ctx, credential.shown, token)
    credential.take({ id, token })
  })
  credential.sealWith((token) => records.idOf(token))
  return new GuardedStore(records)
}
