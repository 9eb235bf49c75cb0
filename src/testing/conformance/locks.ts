import assert from 'node:assert/strict'
import { LockTimeoutError } from '../../index.ts'
import { incrementUnderLock } from './increment.ts'
import { HASTY, assertTaken, lock, lockNow } from './locking.ts'
import { HOUR, times, together, turn } from './trial.ts'
import type { Definition } from './trial.ts'

export const locks: readonly Definition[] = [
  {
    name: 'one holder at a time',
    needs: ['lock'],
    async run(trial) {
      await trial.create('id', '0')
      await together(20, () => incrementUnderLock(trial.store, 'id'))
      assert.equal((await trial.read('id')).data, '20', 'two held the lock at once')
    },
  },
  {
    name: 'waiters of one process are served in order',
    needs: ['lock'],
    async run(trial) {
      const first = await lock(trial)
      const served: number[] = []
      const waiting = times(10, async (n) => {
        const mine = await lock(trial)
        served.push(n)
        await turn()
        await mine.release()
      })
      await turn()
      await first.release()
      await Promise.all(waiting)
      assert.deepEqual(
        served,
        times(10, (n) => n),
      )
    },
  },
  {
    name: 'locks of different ids do not wait for each other',
    needs: ['lock'],
    async run(trial) {
      const held = await together(5, (n) => lockNow(trial, 'a lock waits for that of another id', `id ${n}`))
      await Promise.all(held.map((lock) => lock.release()))
    },
  },
  {
    name: 'a lock needs no record and makes none',
    needs: ['lock'],
    async run(trial) {
      const held = await lock(trial)
      await trial.assertGone('id', 'lock made a record')
      await held.release()
      await trial.assertGone('id', 'release made a record')
    },
  },
  {
    name: 'the holder can read, write, touch and delete',
    needs: ['lock'],
    async run(trial) {
      const held = await lock(trial)
      await trial.create('id')
      assert.equal(await trial.touch('id', trial.from(2 * HOUR)), true)
      assert.equal((await trial.store.set('id', 'new', trial.from(HOUR), 'present')).ok, true)
      await trial.assertData('id', 'new', 'the holder does not see what it wrote')
      assert.equal(await trial.store.delete('id'), true)
      await held.release()
    },
  },
  {
    name: 'who waits too long gets a LockTimeoutError, and the holder keeps the lock',
    needs: ['lock'],
    async run(trial) {
      const held = await lock(trial)
      const error: unknown = await lock(trial, HASTY).catch((error: unknown) => error)
      assert.ok(error instanceof LockTimeoutError, 'waiting did not end with a LockTimeoutError')
      assert.ok(error.retryAfter >= 1, 'retryAfter is not a number of seconds')
      assert.equal(await held.renew(), true, 'the holder lost its lock to one who gave up')
      await held.release()
    },
  },
  {
    name: 'who gave up waiting is not served later',
    needs: ['lock'],
    async run(trial) {
      const held = await lock(trial)
      await assertTaken(trial, 'the lock was given twice')
      await held.release()
      const next = await lockNow(trial, 'the lock was given to one who gave up')
      assert.equal(await next.renew(), true)
      await next.release()
    },
  },
  {
    name: 'a second release does not release the lock of the next holder',
    needs: ['lock'],
    async run(trial) {
      const first = await lock(trial)
      await first.release()
      const second = await lock(trial)
      await first.release()
      assert.equal(await second.renew(), true, 'the second holder lost its lock')
      await assertTaken(trial, 'a lock was given that another holds')
      await second.release()
    },
  },
  {
    name: 'a lock that was released cannot be renewed',
    needs: ['lock'],
    async run(trial) {
      const held = await lock(trial)
      assert.equal(await held.renew(), true, 'renew did not return true while the lock was held')
      await held.release()
      assert.equal(await held.renew(), false, 'renew returned true after release')
    },
  },
]
