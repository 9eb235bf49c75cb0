import type { MaybePromise } from '../index.ts'

/** A part of a stage that may have to wait. */
export type Waits<T = void> = Generator<PromiseLike<unknown>, T, unknown>

/** Waits only for what is a promise: with a store that answers at once, a request goes on at once. */
export function* wait<T>(value: MaybePromise<T>): Waits<T> {
  const waits = typeof (value as Promise<T> | undefined)?.then === 'function'
  return (waits ? yield value as Promise<T> : value) as T
}
