import { EventEmitter } from 'node:events'
import type { Store } from '../index.ts'
import { answer } from './answer.ts'
import { ForeignRecords } from './foreign-records.ts'
import { ForeignStore } from './foreign-store.ts'
import { expressSessionForm } from './forms.ts'
import { type AdapterOptions, checkStore, planAdapter } from './options.ts'

/** A store written for express-session. */
export interface ExpressStore {
  get(sid: string, callback: (error: unknown, session?: never) => void): unknown
  set(sid: string, session: never, callback?: (error?: unknown) => void): unknown
  destroy(sid: string, callback?: (error?: unknown) => void): unknown
}

/** What stores for express-session inherit from: a class that can also be called like a function. */
export interface ExpressStoreBase {
  new (options?: unknown): EventEmitter
  (this: unknown, options?: unknown): void
}

/** Not a class: stores of the year 2012 call it. */
function BaseStore(this: EventEmitter): void {
  EventEmitter.call(this)
}
Object.setPrototypeOf(BaseStore, EventEmitter)
BaseStore.prototype = Object.create(EventEmitter.prototype, {
  constructor: { value: BaseStore, writable: true, configurable: true },
})

/**
 * Stands in for express-session where a store is made with it, so that you need not install express-session:
 * `connectPgSimple(expressSession)`.
 */
export const expressSession: { readonly Store: ExpressStoreBase } = {
  Store: BaseStore as unknown as ExpressStoreBase,
}

/**
 * Wraps a store that was written for express-session. express-session can read what the store holds.
 *
 * @throws SessionConfigError for wrong options, and for a value that is no such store
 */
export function fromExpressStore(store: ExpressStore, options: AdapterOptions = {}): AdaptedStore {
  const plan = planAdapter('fromExpressStore', options)
  checkStore('fromExpressStore', store, ['get', 'set', 'destroy'])
  listen(store, plan.onError)
  const call = (operation: 'get' | 'set' | 'destroy', ...given: unknown[]): Promise<unknown> =>
    answer(operation, plan, (callback) => {
      const method = store[operation] as (...all: unknown[]) => unknown
      const returned = method.call(store, ...given, callback)
      // A method that only promises has no place for a callback.
      const calls = method.length > given.length || typeof (returned as Promise<unknown>)?.then !== 'function'
      return { returned, calls }
    })
  const records = new ForeignRecords(
    {
      get: (key) => call('get', key),
      set: async (key, session) => void (await call('set', key, session)),
      destroy: async (key) => void (await call('destroy', key)),
    },
    expressSessionForm,
    plan,
  )
  return new ForeignStore(records, plan.capabilities)
}

/** A store around a store of another library. */
export interface AdaptedStore extends Store {
  /**
   * Tries the store out. The first use of the store does the same.
   *
   * @throws StoreUnavailableError, SessionConfigError
   */
  verify(): Promise<void>
}

/** Without any listener, an event `error` ends the process. */
export function listen(store: object, onError: ((error: unknown) => void) | undefined): void {
  if (!(store instanceof EventEmitter)) return
  if (onError) store.on('error', onError)
  else if (store.listenerCount('error') === 0) store.on('error', () => {})
}
