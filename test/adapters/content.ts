import { decodeRecord, encodeRecord, type RecordContent } from '../../src/adapters/index.ts'
import type { Store } from '../../src/index.ts'
import { routes } from '../helpers/paths.ts'
import type { Handler } from '../helpers/serve.ts'

export const HOUR = 3_600_000

/** A session with something of everything, keys that libraries have other plans with among it. */
export const content = (): RecordContent => ({
  meta: { createdAt: Date.now() - 5_000, updatedAt: Date.now() - 4_000, idleTimeout: HOUR },
  data: { user: 'ann', cart: [{ tea: 1 }], cookie: 'sweet', _hidden: true, id: 7 },
  flash: { notice: 'Saved' },
  annotations: { audit: { by: 'x' } },
  deadlines: { cart: Date.now() + HOUR },
  marks: { notice: 7 },
})

/** Puts a session into the store; returns its version. */
export async function put(store: Store, id: string, what: RecordContent = content()): Promise<string> {
  const result = await store.set(id, encodeRecord(what), Date.now() + HOUR, 'absent')
  if (!result.ok) throw new Error('There is a record already.')
  return result.version
}

/** The session in the store, without prototypes and in no order. */
export async function take(store: Store, id: string): Promise<RecordContent | undefined> {
  const stored = await store.get(id)
  return stored && plain(decodeRecord(stored.data))
}

export const plain = (what: RecordContent): RecordContent => JSON.parse(JSON.stringify(what)) as RecordContent

/** An application that does with its session what applications do. */
export const handler: Handler = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
    session.flash.notice = 'Saved'
  },
  '/read': ({ session }) => ({ ...session, isNew: session.isNew, notice: session.flash.notice }),
  '/change-id': ({ session }) => session.changeId(),
  '/destroy': ({ session }) => session.destroy(),
})
