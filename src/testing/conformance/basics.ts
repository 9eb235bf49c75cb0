import assert from 'node:assert/strict'
import { HOUR, times } from './trial.ts'
import type { Definition } from './trial.ts'

export const basics: readonly Definition[] = [
  {
    name: 'a store has the methods that it claims',
    async run({ store }) {
      const claims = Object.entries(store.capabilities)
      for (const name of ['atomic', 'shared', 'durable', 'expires', 'lock'] as const) {
        assert.equal(typeof store.capabilities[name], 'boolean', `capabilities.${name} is not true or false`)
      }
      assert.ok(claims.length >= 5)
      assert.equal(
        typeof store.lock,
        store.capabilities.lock ? 'function' : 'undefined',
        'capabilities.lock and the method lock do not agree',
      )
    },
  },
  {
    name: 'an id that was never set has no record',
    async run(trial) {
      await trial.create('other')
      await trial.assertGone('id', 'get returned a record that nobody made')
    },
  },
  {
    name: 'what was set is read back, with its version and its deadline to the millisecond',
    async run(trial) {
      for (const [n, ms] of [HOUR, HOUR + 1, HOUR + 333, HOUR + 999].entries()) {
        const expiresAt = trial.from(ms)
        const version = await trial.create(`id ${n}`, 'data', expiresAt)
        assert.deepEqual({ ...(await trial.read(`id ${n}`)) }, { data: 'data', version, expiresAt })
      }
    },
  },
  {
    name: 'a set replaces data and deadline, an earlier deadline too',
    async run(trial) {
      await trial.create('id', 'a long first text', trial.from(2 * HOUR))
      const expiresAt = trial.from(HOUR)
      const result = await trial.store.set('id', 'second', expiresAt, 'present')
      assert.ok(result.ok, "set with 'present' was refused although there is a record")
      const record = await trial.read('id')
      assert.equal(record.data, 'second')
      assert.equal(record.expiresAt, expiresAt, 'the deadline is not the one that was set last')
    },
  },
  {
    name: 'records do not mix',
    async run(trial) {
      const ids = times(50, (n) => `id-${n}`)
      await Promise.all(ids.map((id) => trial.create(id, `data of ${id}`)))
      await trial.store.delete('id-7')
      for (const id of ids.filter((id) => id !== 'id-7')) {
        await trial.assertData(id, `data of ${id}`, 'a record holds the data of another')
      }
    },
  },
  {
    name: 'delete removes the record and says whether there was one',
    async run(trial) {
      await trial.create('id')
      assert.equal(await trial.store.delete('id'), true, 'delete did not return true for a record')
      await trial.assertGone('id', 'the record is still there after delete')
      assert.equal(await trial.store.delete('id'), false, 'delete did not return false for no record')
    },
  },
  {
    name: 'a deleted id can be used again',
    async run(trial) {
      await trial.create('id', 'first')
      await trial.store.delete('id')
      await trial.create('id', 'second')
      await trial.assertData('id', 'second', 'the new record does not hold its data')
    },
  },
  {
    name: 'a new store is empty',
    async run(trial) {
      await trial.create('id')
      const other = await trial.options.create(trial.clock)
      try {
        assert.equal(await other.get('id'), undefined, '`create` gave two cases the same place')
      } finally {
        await other.close?.()
        await trial.options.dispose?.(other)
      }
    },
  },
]
