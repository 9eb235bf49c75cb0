import assert from 'node:assert/strict'
import type { MaybePromise } from '../../index.ts'
import type { Capabilities, Store, Stored } from '../../stores/store.ts'
import type { FakeClock } from '../fake-clock.ts'
import type { ConformanceOptions } from './options.ts'

export const MINUTE = 60_000
export const HOUR: number = 60 * MINUTE
export const DAY: number = 24 * HOUR

/** What a case needs beside a store; without it the case is skipped. */
export type Need = keyof Capabilities | 'sweep' | 'close' | 'clock' | 'reopen' | 'processes'

export interface Definition {
  readonly name: string
  readonly needs?: readonly Need[]
  readonly run: (trial: Trial) => Promise<void>
}

/** One run of one case: a fresh store, its clock, and the words that cases are told in. */
export class Trial {
  readonly store: Store
  readonly clock: FakeClock
  readonly options: ConformanceOptions
  /** Set when the case has ended, in whatever way; loops must end with it. */
  over = false
  readonly #undo: (() => Promise<void>)[] = []

  constructor(store: Store, clock: FakeClock, options: ConformanceOptions) {
    this.store = store
    this.clock = clock
    this.options = options
  }

  /** Has something undone when the case ends, also when it ran out of time. */
  atEnd(undo: () => Promise<void>): void {
    this.#undo.push(undo)
  }

  async end(): Promise<void> {
    this.over = true
    for (const undo of this.#undo) await undo()
  }

  /** The time so many milliseconds from now. */
  from(ms: number): number {
    return this.clock() + ms
  }

  /** Makes a record and returns its version. */
  async create(id: string, data = 'data', expiresAt: number = this.from(DAY)): Promise<string> {
    const result = await this.store.set(id, data, expiresAt, 'absent')
    assert.ok(result.ok, "set with 'absent' was refused although there is no record")
    return result.version
  }

  /** The record, which must be there. */
  async read(id: string): Promise<Stored> {
    const record = await this.store.get(id)
    assert.ok(record, 'get returned nothing for a record that must be there')
    return record
  }

  /** Touches the record, which must be there, as it stands. */
  async touch(id: string, expiresAt: number): Promise<boolean> {
    const { version } = await this.read(id)
    return this.store.touch(id, expiresAt, version)
  }

  async assertGone(id: string, why: string): Promise<void> {
    assert.equal(await this.store.get(id), undefined, why)
  }

  async assertData(id: string, data: string, why: string): Promise<void> {
    const record = await this.read(id)
    // Not `assert.equal`: it would print a megabyte.
    assert.ok(record.data === data, why)
  }
}

/** So many of something, numbered from 0. */
export const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

/** The same at the same time. */
export const together = <T>(count: number, act: (n: number) => MaybePromise<T>): Promise<T[]> =>
  Promise.all(times(count, async (n) => act(n)))

/** Lets everything else that is ready run first. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
