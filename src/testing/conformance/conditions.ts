import assert from 'node:assert/strict'
import type { Condition, Stored } from '../../stores/store.ts'
import { HOUR } from './trial.ts'
import type { Definition, Trial } from './trial.ts'

/** A set that must not take place; what stands in the way, if anything, must be just as it was. */
async function assertRefused(trial: Trial, when: Condition, why: string): Promise<void> {
  const before = await trial.store.get('id')
  const result = await trial.store.set('id', 'refused', trial.from(2 * HOUR), when)
  assert.equal(result.ok, false, why)
  assert.deepEqual(copy(await trial.store.get('id')), copy(before), 'a refused set changed the record')
  if (!result.ok && result.current !== undefined) {
    assert.deepEqual(copy(result.current), copy(before), '`current` is not what stood in the way')
  }
}

const copy = (record: Stored | undefined): Stored | undefined => record && { ...record }

async function assertTaken(trial: Trial, when: Condition, why: string): Promise<string> {
  const result = await trial.store.set('id', 'taken', trial.from(2 * HOUR), when)
  assert.ok(result.ok, why)
  const { data, version } = await trial.read('id')
  assert.deepEqual({ data, version }, { data: 'taken', version: result.version })
  return result.version
}

export const conditions: readonly Definition[] = [
  {
    name: "'absent' creates, and is refused where there is a record",
    async run(trial) {
      await assertTaken(trial, 'absent', "'absent' was refused where there is no record")
      await assertRefused(trial, 'absent', "'absent' overwrote a record")
    },
  },
  {
    name: "'present' updates, and is refused where there is no record",
    async run(trial) {
      await assertRefused(trial, 'present', "'present' created a record")
      await trial.create('id')
      await assertTaken(trial, 'present', "'present' was refused where there is a record")
    },
  },
  {
    name: 'the version last read updates',
    async run(trial) {
      const created = await trial.create('id')
      const updated = await assertTaken(trial, { version: created }, 'the current version was refused')
      await assertTaken(trial, { version: updated }, 'the version that a set returned was refused')
      const { version } = await trial.read('id')
      await assertTaken(trial, { version }, 'the version that get returned was refused')
    },
  },
  {
    name: 'a stale version is refused, and `current` is the newer record',
    async run(trial) {
      const version = await trial.create('id', 'first')
      await trial.store.set('id', 'second', trial.from(HOUR), 'present')
      await assertRefused(trial, { version }, 'a stale version overwrote a newer record')
    },
  },
  {
    name: 'a version that never was is refused',
    async run(trial) {
      const version = await trial.create('id')
      for (const invented of [
        '',
        '0',
        '-1',
        'x',
        `${version}0`,
        `${version} `,
        ` ${version}`,
        version.slice(1),
      ]) {
        await assertRefused(trial, { version: invented }, 'a version that never was has been accepted')
      }
    },
  },
  {
    name: 'a version is refused where there is no record',
    async run(trial) {
      await assertRefused(trial, { version: '1' }, 'a version created a record')
      await trial.assertGone('id', 'a refused set created a record')
    },
  },
  {
    name: "after delete only 'absent' makes a record",
    async run(trial) {
      const version = await trial.create('id')
      await trial.store.delete('id')
      await assertRefused(trial, 'present', "'present' brought a deleted record back")
      await assertRefused(trial, { version }, 'a version brought a deleted record back')
      await assertTaken(trial, 'absent', "'absent' was refused after delete")
    },
  },
  {
    name: 'the version of a deleted record does not fit the one made after it',
    async run(trial) {
      const version = await trial.create('id', 'same')
      await trial.store.delete('id')
      await trial.create('id', 'same')
      await assertRefused(trial, { version }, 'a version of the deleted record overwrote the new one')
    },
  },
]
