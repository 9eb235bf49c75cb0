import type { MaybePromise } from '../../index.ts'
import type { Store } from '../../stores/store.ts'
import type { FakeClock } from '../fake-clock.ts'

/** A way for the store to fail, and what it must then say. */
export interface Fault<S extends Store = Store> {
  /** What happens, in a few words: `'the disk is full'`. */
  readonly name: string
  /** Makes it happen; `id` is the record that the case looks at. */
  break(store: S, id: string): MaybePromise<void>
  /** Ends it; the store must work again. */
  heal(store: S, id: string): MaybePromise<void>
  /**
   * - `'unavailable'`: every operation rejects with `StoreUnavailableError`.
   * - `'full'`: `set` rejects with `StoreFullError`, and the former value is still there.
   * - `'corrupt'`: `get` of the record rejects with `CorruptRecordError`.
   */
  readonly expect: 'unavailable' | 'full' | 'corrupt'
}

/** How other processes open the place that a store of the suite uses. */
export interface ProcessOptions<S extends Store = Store> {
  /** A module, as a URL; each process imports it. */
  readonly module: URL | string
  /** The export that opens a store from an argument. Default `'default'`. */
  readonly export?: string | undefined
  /** What to give to it, such as a folder or an address; must survive `structuredClone`. */
  argument?(store: S): unknown
}

export interface ConformanceOptions<S extends Store = Store> {
  /** Opens a store on a place of its own, new and empty. Called for every case, which may run side by side. */
  create(clock: FakeClock): MaybePromise<S>
  /** Clears up after a case; the store is closed already. */
  dispose?(store: S): MaybePromise<void>
  /** Opens the place of a closed store once more. Needed to examine `durable`. */
  reopen?(store: S, clock: FakeClock): MaybePromise<S>
  /** Needed to examine `shared`, and that nothing keeps a process alive. */
  readonly processes?: ProcessOptions<S> | undefined
  readonly faults?: readonly Fault<S>[] | undefined
  /**
   * The store, or a server behind it, has a clock of its own and cannot follow the suite's, which then
   * stands at the present time; cases that move the clock are skipped. Default `false`.
   */
  readonly ownClock?: boolean | undefined
  /**
   * Does at once what a store that claims `expires` does by itself from time to time. Give it when that
   * time is longer than `patience`.
   */
  expire?(store: S): MaybePromise<void>
  /** How long a case may take, in milliseconds, before it fails. Default 60 000; twice that with processes. */
  readonly patience?: number | undefined
}

/** One thing a store must do. */
export interface ConformanceCase {
  /** A sentence that begins with its group: `'conditions: a stale version is refused'`. */
  readonly name: string
  /** Why it does not apply to this store; `undefined` when it does. */
  readonly skip: string | undefined
  /** Rejects with an `AssertionError` that says what the store did instead. */
  readonly run: () => Promise<void>
}
