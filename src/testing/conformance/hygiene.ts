import assert from 'node:assert/strict'
import type { Condition, Stored } from '../../stores/store.ts'
import { failure, operations } from './lifecycle.ts'
import { HOUR } from './trial.ts'
import type { Definition } from './trial.ts'

/** Overwrites what may be overwritten. */
function spoil(record: Stored | undefined): void {
  if (record === undefined) return
  for (const key of ['data', 'version', 'expiresAt']) Reflect.set(record, key, 'spoiled')
}

/** All that an error shows of itself, its causes included. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return `${error.name} ${error.message} ${JSON.stringify(Object.entries(error))} ${error.cause ? shown(error.cause) : ''}`
}

export const hygiene: readonly Definition[] = [
  {
    name: 'arguments are left as they are',
    async run(trial) {
      const version = await trial.create('id')
      const when: Condition = { version }
      await trial.store.set('id', 'data', trial.from(HOUR), when)
      assert.deepEqual(when, { version })
      const lockOptions = { wait: 1_000, lease: 10_000 }
      const lock = trial.store.capabilities.lock ? await trial.store.lock!('id', lockOptions) : undefined
      await lock?.release()
      assert.deepEqual(lockOptions, { wait: 1_000, lease: 10_000 })
      const sweepOptions = { limit: 5, slice: 1 }
      await trial.store.sweep?.(sweepOptions)
      assert.deepEqual(sweepOptions, { limit: 5, slice: 1 })
    },
  },
  {
    name: 'what a store returns is nobody else’s',
    async run(trial) {
      const version = await trial.create('id', 'data')
      const before = { ...(await trial.read('id')) }
      spoil(await trial.store.get('id'))
      const refused = await trial.store.set('id', 'new', trial.from(HOUR), 'absent')
      if (!refused.ok) spoil(refused.current)
      assert.deepEqual({ ...(await trial.read('id')) }, before, 'a returned record is the stored one')
      const held = await trial.read('id')
      await trial.store.set('id', 'new', trial.from(2 * HOUR), { version })
      assert.deepEqual({ ...held }, before, 'a record that was read changed with a later set')
    },
  },
  {
    name: 'errors of a closed store show neither id nor data',
    needs: ['close'],
    async run(trial) {
      const [id, data] = ['id-that-nobody-may-see', 'data-that-nobody-may-see']
      await trial.create(id, data)
      await trial.store.close!()
      for (const [name, operation] of operations(trial, id, data)) {
        const error = await failure(operation)
        assert.ok(error !== undefined, `${name} of a closed store did not fail`)
        assert.doesNotMatch(shown(error), /nobody-may-see/, `the error of ${name} shows it`)
      }
    },
  },
  {
    name: 'a LockTimeoutError shows no id',
    needs: ['lock'],
    async run(trial) {
      const id = 'id-that-nobody-may-see'
      const held = await trial.store.lock!(id, { wait: 1_000, lease: 60_000 })
      const error = await failure(() => trial.store.lock!(id, { wait: 10, lease: 1_000 }))
      assert.ok(error !== undefined, 'the lock was given twice')
      assert.doesNotMatch(shown(error), /nobody-may-see/)
      await held.release()
    },
  },
]
