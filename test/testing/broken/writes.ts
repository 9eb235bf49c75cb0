import type { MaybePromise } from '../../../src/maybe-promise.ts'
import type { Condition, SetResult, Store, Stored } from '../../../src/stores/store.ts'
import { NaiveStore } from '../naive-store.ts'
import { broken, turns } from './broken.ts'
import type { Broken } from './broken.ts'

/** Stores whose conditions are judged in another way. */
const judging = (
  how: string,
  judge: (when: Condition, current: Stored | undefined) => boolean | undefined,
  ...fails: string[]
): Broken =>
  broken(
    how,
    class extends NaiveStore {
      protected override holds(when: Condition, current: Stored | undefined): boolean {
        return judge(when, current) ?? super.holds(when, current)
      }
    },
    ...fails,
  )

const versionOf = (when: Condition): string | undefined =>
  typeof when === 'object' ? when.version : undefined
const reopened = new Map<string, Stored>()

class VersionsBeginAgain extends NaiveStore {
  protected override version(): string {
    return String((this.versions += 1))
  }
}

export const brokenWrites: readonly Broken[] = [
  judging(
    "'absent' overwrites",
    (when) => when === 'absent' || undefined,
    "conditions: 'absent' creates, and is refused where there is a record",
  ),
  judging(
    "'present' creates",
    (when) => when === 'present' || undefined,
    "conditions: 'present' updates, and is refused where there is no record",
    "conditions: after delete only 'absent' makes a record",
  ),
  judging(
    'it refuses every version',
    (when) => (typeof when === 'object' ? false : undefined),
    'conditions: the version last read updates',
    'concurrency: parallel increments under the version last read are all counted',
  ),
  judging(
    'it ignores the version',
    (when, current) => (typeof when === 'object' ? current !== undefined : undefined),
    'conditions: a stale version is refused, and `current` is the newer record',
    'conditions: a version that never was is refused',
    'conditions: the version of a deleted record does not fit the one made after it',
    'concurrency: parallel increments under the version last read are all counted',
    'concurrency: increments are counted while touches rain down',
    'concurrency: of many that read the same version, one succeeds',
  ),
  judging(
    'it compares versions loosely',
    (when, current) => (typeof when === 'object' ? versionOf(when)?.trim() === current?.version : undefined),
    'conditions: a version that never was is refused',
  ),
  judging(
    'a version creates where there is no record',
    (when, current) => (typeof when === 'object' && current === undefined) || undefined,
    'conditions: a version is refused where there is no record',
    "conditions: after delete only 'absent' makes a record",
    'sweep: what was swept away is absent',
  ),
  broken(
    'a version is a digest of the data',
    class extends NaiveStore {
      protected override version(_id: string, data: string): string {
        return `digest of ${data}`
      }
    },
    'conditions: the version of a deleted record does not fit the one made after it',
    'versions: every set gives a new version, of equal data too',
    'versions: a version does not come back when an id is deleted and made again',
  ),
  broken(
    'a version counts the sets of a record',
    class extends NaiveStore {
      protected override version(id: string): string {
        return String(Number(this.place.records.get(id)?.version ?? 0) + 1)
      }
    },
    'conditions: the version of a deleted record does not fit the one made after it',
    'versions: a version does not come back when an id is deleted and made again',
  ),
  {
    how: 'versions begin again when the store is opened again',
    options: {
      create: (clock) => new VersionsBeginAgain(clock, { records: reopened }),
      reopen: (_store, clock) => new VersionsBeginAgain(clock, { records: reopened }),
      dispose: () => reopened.clear(),
    },
    fails: ['versions: a version does not come back when the store is opened again'],
  },
  broken(
    'it checks the condition, and writes later',
    class extends NaiveStore {
      override async set(...[id, data, expiresAt, when]: Parameters<Store['set']>): Promise<SetResult> {
        const current = await this.get(id)
        if (!this.holds(when, current)) return { ok: false, current }
        await turns(1)
        return super.set(id, data, expiresAt, this.place.records.has(id) ? 'present' : 'absent')
      }
    },
    'concurrency: parallel increments under the version last read are all counted',
    'concurrency: of many that create, one succeeds',
    'concurrency: of many that read the same version, one succeeds',
    'concurrency: a record that is deleted while sets and touches run stays deleted',
  ),
  broken(
    'it writes in two steps',
    class extends NaiveStore {
      override set(...[id, data, expiresAt, when]: Parameters<Store['set']>): MaybePromise<SetResult> {
        const result = super.set(id, data.slice(0, 1_000), expiresAt, when)
        return this.finish(id, data, result)
      }

      async finish(id: string, data: string, result: MaybePromise<SetResult>): Promise<SetResult> {
        await turns(1)
        const record = this.place.records.get(id)
        if (record !== undefined) this.place.records.set(id, { ...record, data })
        return result
      }
    },
    'concurrency: readers never see half a record',
  ),
]
