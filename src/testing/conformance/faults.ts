import assert from 'node:assert/strict'
import { CorruptRecordError, StoreFullError, StoreUnavailableError } from '../../index.ts'
import type { Fault } from './options.ts'
import { failure, operations } from './lifecycle.ts'
import { HOUR } from './trial.ts'
import type { Definition, Trial } from './trial.ts'

const DATA = 'data-that-nobody-may-see'

/** What must hold while the fault lasts. */
const DURING: Record<Fault['expect'], (trial: Trial) => Promise<void>> = {
  async unavailable(trial) {
    for (const [name, operation] of operations(trial)) {
      const error = await failure(operation)
      assert.ok(error instanceof StoreUnavailableError, `${name} did not fail with a StoreUnavailableError`)
      assert.ok(['none', 'unknown'].includes(error.outcome), `${name} does not say whether it took place`)
      assert.doesNotMatch(error.message, /nobody-may-see/, `the error of ${name} shows the data`)
    }
  },
  async full(trial) {
    const error = await failure(() => trial.store.set('id', 'x'.repeat(65_536), trial.from(HOUR), 'present'))
    assert.ok(error instanceof StoreFullError, 'set did not fail with a StoreFullError')
    await trial.assertData('id', DATA, 'the former value did not survive')
    assert.equal(await trial.store.delete('other'), true, 'nothing can be deleted to make room')
  },
  async corrupt(trial) {
    const error = await failure(() => trial.store.get('id'))
    assert.ok(error instanceof CorruptRecordError, 'get did not fail with a CorruptRecordError')
    assert.doesNotMatch(error.message, /nobody-may-see/, 'the error shows the data')
    await trial.assertData('other', DATA, 'a sound record suffers from the corrupt one')
    const again = await failure(async () => trial.assertGone('id', 'a corrupt record came back'))
    assert.ok(again === undefined || again instanceof CorruptRecordError, 'a corrupt record came back')
  },
}

/** What must hold once it is over. */
const AFTER: Record<Fault['expect'], (trial: Trial) => Promise<void>> = {
  async unavailable({ store, clock }) {
    const record = await store.get('id')
    assert.ok(record === undefined || [DATA, 'data'].includes(record.data), 'the record is half an old one')
    await store.delete('id')
    assert.equal(
      (await store.set('id', 'new', clock() + HOUR, 'absent')).ok,
      true,
      'the store did not recover',
    )
  },
  async full(trial) {
    const { ok } = await trial.store.set('id', 'new', trial.from(HOUR), 'present')
    assert.equal(ok, true, 'the store did not recover')
    await trial.assertData('id', 'new', 'the store did not recover')
  },
  async corrupt({ store, clock }) {
    await store.delete('id')
    assert.equal((await store.set('id', 'new', clock() + HOUR, 'absent')).ok, true, 'the id stays unusable')
    assert.equal((await store.get('id'))?.data, 'new', 'the id stays unusable')
  },
}

/** The faults that the author of the store can bring about. */
export const faults = (given: readonly Fault[]): readonly Definition[] =>
  given.map((fault) => ({
    name: `${fault.name}: the store says '${fault.expect}' and recovers`,
    async run(trial) {
      await trial.create('id', DATA)
      await trial.create('other', DATA)
      await fault.break(trial.store, 'id')
      try {
        await DURING[fault.expect](trial)
      } finally {
        await fault.heal(trial.store, 'id')
      }
      await AFTER[fault.expect](trial)
    },
  }))
