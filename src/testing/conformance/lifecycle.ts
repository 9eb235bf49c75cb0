import assert from 'node:assert/strict'
import { SessionError, StoreUnavailableError } from '../../index.ts'
import type { Store } from '../../stores/store.ts'
import { HOUR } from './trial.ts'
import type { Definition, Trial } from './trial.ts'

/** Every operation of a store, to see how each fails. */
export function operations({ store, clock }: Trial, id = 'id', data = 'data'): [string, () => unknown][] {
  const all: [string, () => unknown][] = [
    ['get', () => store.get(id)],
    ['set', () => store.set(id, data, clock() + HOUR, 'present')],
    ['touch', () => store.touch(id, clock() + HOUR, 'version')],
    ['delete', () => store.delete(id)],
  ]
  if (store.capabilities.lock) all.push(['lock', () => store.lock!(id, { wait: 1_000, lease: 1_000 })])
  if (store.sweep !== undefined) all.push(['sweep', () => store.sweep!()])
  return all
}

/** The error an operation ends with, thrown or rejected; `undefined` when it succeeds. */
export async function failure(operation: () => unknown): Promise<unknown> {
  try {
    await operation()
    return undefined
  } catch (error) {
    return error
  }
}

const inOrder = async (store: Store): Promise<void> => {
  await store.close!()
  await store.close!()
}

export const lifeCycle: readonly Definition[] = [
  {
    name: 'close can be called twice, and while it runs',
    needs: ['close'],
    async run(trial) {
      await trial.create('id')
      await Promise.all([inOrder(trial.store), inOrder(trial.store)])
    },
  },
  {
    name: 'a closed store refuses every operation with a StoreUnavailableError',
    needs: ['close'],
    async run(trial) {
      await trial.create('id')
      await trial.store.close!()
      for (const [name, operation] of operations(trial)) {
        const error = await failure(operation)
        assert.ok(error instanceof StoreUnavailableError, `${name} did not fail with a StoreUnavailableError`)
        assert.equal(error.outcome, 'none', `${name} of a closed store has no effect, but does not say so`)
      }
    },
  },
  {
    name: 'close refuses those who wait for a lock',
    needs: ['close', 'lock'],
    async run(trial) {
      await trial.store.lock!('id', { wait: 1_000, lease: 600_000 })
      const waiting = failure(() => trial.store.lock!('id', { wait: 600_000, lease: 1_000 }))
      await trial.store.close!()
      assert.ok((await waiting) instanceof SessionError, 'a lock was given by a closed store')
    },
  },
  {
    name: 'records are there when the store is opened again',
    needs: ['durable', 'reopen', 'close'],
    async run(trial) {
      await trial.create('deleted')
      await trial.create('id', 'data', trial.from(HOUR))
      await trial.touch('id', trial.from(2 * HOUR))
      await trial.store.delete('deleted')
      const before = { ...(await trial.read('id')) }
      await trial.store.close!()
      const again = await trial.options.reopen!(trial.store, trial.clock)
      try {
        const after = await again.get('id')
        assert.deepEqual(after && { ...after }, before)
        assert.equal(await again.get('deleted'), undefined, 'a deleted record is back')
      } finally {
        await again.close?.()
      }
    },
  },
]
