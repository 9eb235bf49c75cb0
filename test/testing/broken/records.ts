import { posix } from 'node:path'
import type { MaybePromise } from '../../../src/maybe-promise.ts'
import type { Store, Stored } from '../../../src/stores/store.ts'
import { NaiveStore } from '../naive-store.ts'
import { altering, broken } from './broken.ts'
import type { Broken } from './broken.ts'

/** Keeps records under something else than their ids. */
function renaming(how: string, rename: (id: string) => string, ...fails: string[]): Broken {
  return broken(
    how,
    class extends NaiveStore {
      override get(id: string): MaybePromise<Stored | undefined> {
        return super.get(rename(id))
      }
      override set(...[id, ...rest]: Parameters<Store['set']>): ReturnType<Store['set']> {
        return super.set(rename(id), ...rest)
      }
      override touch(id: string, ...rest: [number, string]): MaybePromise<boolean> {
        return super.touch(rename(id), ...rest)
      }
      override delete(id: string): MaybePromise<boolean> {
        return super.delete(rename(id))
      }
    },
    ...fails,
  )
}

const alteringText = (how: string, alter: (data: string) => string, ...fails: string[]): Broken =>
  altering(how, (data, expiresAt) => [alter(data), expiresAt], ...fails)

const throughUtf8 = (text: string): string => Buffer.from(text).toString()
const common = new (class extends NaiveStore {
  override close(): void {}
})(() => 0)

export const brokenRecords: readonly Broken[] = [
  broken(
    'it has a lock that it does not claim',
    class extends NaiveStore {
      readonly lock = (): never => {
        throw new Error('not reached')
      }
    },
    'basics: a store has the methods that it claims',
  ),
  broken(
    'it makes up records',
    class extends NaiveStore {
      override async get(id: string): Promise<Stored | undefined> {
        return (await super.get(id)) ?? { data: '{}', version: '0', expiresAt: this.clock() }
      }
    },
    'basics: an id that was never set has no record',
  ),
  altering(
    'it keeps deadlines in seconds',
    (data, expiresAt) => [data, Math.floor(expiresAt / 1_000) * 1_000],
    'basics: what was set is read back, with its version and its deadline to the millisecond',
  ),
  broken(
    'a set never shortens a deadline',
    class extends NaiveStore {
      override set(...[id, data, expiresAt, when]: Parameters<Store['set']>): ReturnType<Store['set']> {
        return super.set(id, data, Math.max(expiresAt, this.place.records.get(id)?.expiresAt ?? 0), when)
      }
    },
    'basics: a set replaces data and deadline, an earlier deadline too',
  ),
  renaming(
    'it looks at the first four characters of an id',
    (id) => id.slice(0, 4),
    'basics: records do not mix',
  ),
  broken(
    'delete always says true',
    class extends NaiveStore {
      override async delete(id: string): Promise<true> {
        await super.delete(id)
        return true
      }
    },
    'basics: delete removes the record and says whether there was one',
  ),
  broken(
    'deleted ids are never free again',
    class extends NaiveStore {
      readonly deleted: Set<string> = new Set()

      override delete(id: string): MaybePromise<boolean> {
        this.deleted.add(id)
        return super.delete(id)
      }
      override set(...[id, ...rest]: Parameters<Store['set']>): ReturnType<Store['set']> {
        return this.deleted.has(id) ? { ok: false } : super.set(id, ...rest)
      }
    },
    'basics: a deleted id can be used again',
  ),
  {
    how: 'all its stores are one',
    options: { create: () => common, dispose: () => common.place.records.clear() },
    fails: ['basics: a new store is empty'],
  },

  renaming(
    'it joins ids to a path',
    (id) => posix.normalize(id),
    'hostile ids: ids that look like paths are ids like any other',
  ),
  renaming(
    'it ignores case',
    (id) => id.toLowerCase(),
    'hostile ids: ids that differ in case or in Unicode form are different',
  ),
  renaming(
    'it trims ids',
    (id) => id.trim(),
    'hostile ids: ids with blanks and control characters are different',
  ),
  renaming(
    'it keeps records in an object that inherits',
    (id) => String(id in {}),
    'hostile ids: ids that are names of devices or of properties are ids like any other',
  ),
  renaming(
    'it escapes ids with loss',
    (id) => id.replaceAll(/\W/g, '_'),
    'hostile ids: ids with the signs of query languages are ids like any other',
  ),
  renaming(
    'it cuts ids to the length of a file name',
    (id) => id.slice(0, 255),
    'hostile ids: empty ids and very long ids are different',
  ),
  renaming('it keeps ids in UTF-8', throughUtf8, 'hostile ids: ids with lone surrogates are different'),

  alteringText('it takes empty text for none', (text) => text || 'null', 'text: empty text is text'),
  alteringText('it cuts text', (text) => text.slice(0, 1_000_000), 'text: a megabyte comes back whole'),
  alteringText(
    'it keeps one byte for a character',
    (text) => Buffer.from(text, 'latin1').toString('latin1'),
    'text: every character of Unicode comes back',
  ),
  alteringText(
    'it keeps text up to a NUL',
    (text) => text.split('\0')[0]!,
    'text: NUL, line ends, byte order marks and blanks at the ends come back',
  ),
  alteringText(
    'it normalises text',
    (text) => text.normalize(),
    'text: emoji and combined characters come back as they were composed',
  ),
  alteringText(
    'it keeps text in UTF-8',
    throughUtf8,
    'text: lone surrogates come back or are refused, never altered',
  ),
]
