import type { MaybePromise } from '../../../src/maybe-promise.ts'
import type { Stored } from '../../../src/stores/store.ts'
import { NaiveStore } from '../naive-store.ts'
import { broken, turns } from './broken.ts'
import type { Broken } from './broken.ts'

/** Stores that move the deadline of whatever record they find, in their own way. */
const touching = (
  how: string,
  touch: (
    store: NaiveStore,
    record: Stored | undefined,
    ...rest: [string, number, string]
  ) => MaybePromise<boolean>,
  ...fails: string[]
): Broken =>
  broken(
    how,
    class extends NaiveStore {
      override touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
        return touch(this, this.place.records.get(id), id, expiresAt, version)
      }
    },
    ...fails,
  )

function extend({ place }: NaiveStore, id: string, record: Stored | undefined, expiresAt: number): boolean {
  if (record !== undefined && record.expiresAt < expiresAt) place.records.set(id, { ...record, expiresAt })
  return record !== undefined
}

export const brokenTouches: readonly Broken[] = [
  touching(
    'touch does nothing',
    (_store, record) => record !== undefined,
    'touch: it moves the deadline, and keeps data and version',
    'expiry: far deadlines are kept to the millisecond',
    'expiry: a touched record outlives its first deadline',
    'sweep: a record that was touched or set since is not swept away',
  ),
  touching(
    'touch makes a new version',
    async (store, record, id, expiresAt, version) =>
      record !== undefined && (await store.set(id, record.data, expiresAt, { version })).ok,
    'touch: it moves the deadline, and keeps data and version',
    'touch: it leaves the version in force',
  ),
  touching(
    'touch creates',
    async (store, record, id, expiresAt) =>
      extend(store, id, record, expiresAt) || (await store.set(id, '', expiresAt, 'absent')).ok,
    'touch: it never creates, and is false where there is no record',
  ),
  touching(
    'touch shortens',
    ({ place }, record, id, expiresAt, version) => {
      if (record?.version !== version) return false
      place.records.set(id, { ...record, expiresAt })
      return true
    },
    'touch: an earlier deadline is no failure, and changes nothing',
  ),
  touching(
    'touch fails for an earlier deadline',
    (store, record, id, expiresAt, version) =>
      record?.version === version && record.expiresAt < expiresAt && extend(store, id, record, expiresAt),
    'touch: an earlier deadline is no failure, and changes nothing',
  ),
  touching(
    'touch ignores the version',
    (store, record, id, expiresAt) => extend(store, id, record, expiresAt),
    'touch: of an older version it is false, and changes neither deadline nor data',
    'touch: of a deleted record it does not extend the one made after it',
    'touch: however it races with sets, it never extends the newer record',
  ),
  touching(
    'touch compares the version, and extends later',
    async (store, record, id, expiresAt, version) => {
      if (record?.version !== version) return false
      await turns(1)
      return extend(store, id, store.place.records.get(id), expiresAt)
    },
    'touch: however it races with sets, it never extends the newer record',
  ),
  touching(
    'touch writes the whole record back',
    async (store, record, id, expiresAt, version) => {
      if (record?.version !== version) return false
      await turns(1)
      return extend(store, id, record, expiresAt)
    },
    'touch: however it races with sets, it never extends the newer record',
    'concurrency: increments are counted while touches rain down',
    'concurrency: a record that is deleted while sets and touches run stays deleted',
  ),
]
