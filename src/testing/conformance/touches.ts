import assert from 'node:assert/strict'
import { HOUR, times } from './trial.ts'
import type { Definition } from './trial.ts'

export const touches: readonly Definition[] = [
  {
    name: 'it moves the deadline, and keeps data and version',
    async run(trial) {
      const version = await trial.create('id', 'data', trial.from(HOUR))
      const expiresAt = trial.from(2 * HOUR + 123)
      assert.equal(await trial.store.touch('id', expiresAt, version), true, 'a record was not found')
      assert.deepEqual({ ...(await trial.read('id')) }, { data: 'data', version, expiresAt })
    },
  },
  {
    name: 'it leaves the version in force',
    async run(trial) {
      const version = await trial.create('id')
      await trial.store.touch('id', trial.from(3 * HOUR), version)
      const updated = await trial.store.set('id', 'new', trial.from(HOUR), { version })
      assert.ok(updated.ok, 'a touch made the version stale')
    },
  },
  {
    name: 'it never creates, and is false where there is no record',
    async run(trial) {
      const touch = (version: string) => trial.store.touch('id', trial.from(HOUR), version)
      const other = await trial.create('other')
      assert.equal(await touch(other), false, 'touch found what is not there')
      await trial.assertGone('id', 'touch created a record')
      const version = await trial.create('id')
      await trial.store.delete('id')
      assert.equal(await touch(version), false, 'touch found a deleted record')
      await trial.assertGone('id', 'touch brought a deleted record back')
    },
  },
  {
    name: 'an earlier deadline is no failure, and changes nothing',
    async run(trial) {
      const version = await trial.create('id', 'data', trial.from(2 * HOUR))
      await trial.store.touch('id', trial.from(3 * HOUR), version)
      const before = { ...(await trial.read('id')) }
      for (const ms of [3 * HOUR, 3 * HOUR - 1, 2 * HOUR, HOUR, -HOUR]) {
        assert.equal(
          await trial.store.touch('id', trial.from(ms), version),
          true,
          'an earlier deadline failed',
        )
        assert.deepEqual({ ...(await trial.read('id')) }, before, 'an earlier deadline changed the record')
      }
    },
  },
  {
    name: 'of an older version it is false, and changes neither deadline nor data',
    async run(trial) {
      const old = await trial.create('id', 'old', trial.from(3 * HOUR))
      await trial.store.set('id', 'new', trial.from(HOUR), { version: old })
      const before = { ...(await trial.read('id')) }
      for (const version of [old, `${before.version} `, '']) {
        const touched = await trial.store.touch('id', trial.from(4 * HOUR), version)
        assert.equal(touched, false, 'touch found a version that is not there')
        assert.deepEqual({ ...(await trial.read('id')) }, before, 'touch changed a record of another version')
      }
    },
  },
  {
    name: 'of a deleted record it does not extend the one made after it',
    async run(trial) {
      const version = await trial.create('id')
      await trial.store.delete('id')
      await trial.create('id', 'data', trial.from(HOUR))
      const before = { ...(await trial.read('id')) }
      assert.equal(await trial.store.touch('id', trial.from(2 * HOUR), version), false)
      assert.deepEqual({ ...(await trial.read('id')) }, before, 'touch extended a record made later')
    },
  },
  {
    name: 'however it races with sets, it never extends the newer record',
    needs: ['atomic'],
    async run(trial) {
      const expiresAt = trial.from(HOUR)
      for (const id of times(20, (n) => `id ${n}`)) {
        const version = await trial.create(id, 'data', expiresAt)
        const touch = () => trial.store.touch(id, trial.from(9 * HOUR), version)
        await Promise.all([
          ...times(5, touch),
          trial.store.set(id, 'new', expiresAt, { version }),
          ...times(5, touch),
        ])
        const { data, expiresAt: deadline } = await trial.read(id)
        assert.deepEqual(
          { data, deadline },
          { data: 'new', deadline: expiresAt },
          'a late touch hit a newer record',
        )
      }
    },
  },
]
