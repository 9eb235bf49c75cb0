import type { MaybePromise } from './stores/store.ts'

/** Tells what has to be awaited; awaiting a plain value would cost a turn of the event loop. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function'
}
