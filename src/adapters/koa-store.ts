import { wrongOption } from '../checks/messages.ts'
import { SessionConfigError } from '../index.ts'
import { answer } from './answer.ts'
import { type AdaptedStore, expressSession, listen } from './express-store.ts'
import { ForeignRecords } from './foreign-records.ts'
import { ForeignStore } from './foreign-store.ts'
import { koaGenericSessionForm, koaSessionForm } from './forms.ts'
import { type AdapterOptions, checkStore, planAdapter } from './options.ts'

/** A store written for koa-session or koa-generic-session, which may answer at once or by promises. */
export interface KoaStore {
  get(key: string, maxAge: never, options: never): unknown
  set(key: string, session: never, maxAge: never, options: never): unknown
  destroy(key: string, options: never): unknown
}

export interface KoaStoreOptions extends AdapterOptions {
  /**
   * The library whose records the store holds. Default `'koa-session'`. With `'koa-generic-session'` the default
   * prefix is `'koa:sess:'`, as in that library.
   */
  readonly format?: 'koa-session' | 'koa-generic-session' | undefined
}

/**
 * Wraps a store that was written for koa-session or koa-generic-session. That library can read what the store
 * holds. The store gets no `ctx`: records are also read outside of requests.
 *
 * @throws SessionConfigError for wrong options, and for a value that is no such store
 */
export function fromKoaStore(store: KoaStore, options: KoaStoreOptions = {}): AdaptedStore {
  const { format = 'koa-session' } = options ?? {}
  const generic = format === 'koa-generic-session'
  const plan = planAdapter('fromKoaStore', options, generic ? 'koa:sess:' : '', ['format'])
  if (!generic && format !== 'koa-session')
    throw wrongOption('format of fromKoaStore', "'koa-session' or 'koa-generic-session'", format)
  checkStore('fromKoaStore', store, ['get', 'set', 'destroy'])
  // Its methods would wait for callbacks, and take a lifetime for one.
  if (store instanceof expressSession.Store || 'createSession' in store)
    throw new SessionConfigError(
      'Expected a store for Koa, got one for express-session: use fromExpressStore.',
    )
  listen(store, plan.onError)
  const call = (operation: 'get' | 'set' | 'destroy', ...given: unknown[]): Promise<unknown> =>
    answer(operation, plan, () => {
      const method = store[operation] as (...all: unknown[]) => unknown
      return { returned: method.apply(store, given), calls: false }
    })
  const records = new ForeignRecords(
    {
      get: (key) => call('get', key, undefined, { rolling: false }),
      // Some stores leave out what has not changed, so it always has.
      set: async (key, session, ttl) =>
        void (await call('set', key, session, ttl, { changed: true, rolling: false })),
      destroy: async (key) => void (await call('destroy', key, {})),
    },
    generic ? koaGenericSessionForm : koaSessionForm,
    plan,
  )
  return new ForeignStore(records, plan.capabilities)
}
