import assert from 'node:assert/strict'
import type { Lock } from '../../stores/store.ts'
import { assertTaken, lock } from './locking.ts'
import { HOUR, turn } from './trial.ts'
import type { Definition, Trial } from './trial.ts'

/** Takes a lock whose lease then runs out, by whichever clock the store reckons. */
async function lose(trial: Trial): Promise<{ lost: Lock; next: Lock }> {
  const lost = await lock(trial, { wait: 60_000, lease: 20 })
  trial.clock.advance(HOUR)
  return { lost, next: await lock(trial) }
}

export const leases: readonly Definition[] = [
  {
    name: 'a lease that ran out goes to the next, and renew tells its former holder',
    needs: ['lock'],
    async run(trial) {
      const { lost, next } = await lose(trial)
      assert.equal(await lost.renew(), false, 'renew returned true for a lost lock')
      assert.equal(await next.renew(), true, 'the next holder lost its lock to the renewal')
      await next.release()
    },
  },
  {
    name: 'who lost a lock does not release that of the next holder',
    needs: ['lock'],
    async run(trial) {
      const { lost, next } = await lose(trial)
      await lost.release()
      assert.equal(await next.renew(), true, 'the next holder lost its lock')
      await assertTaken(trial, 'a lock was given that another holds')
      await next.release()
    },
  },
  {
    name: 'a lease that is renewed does not run out',
    needs: ['lock'],
    async run(trial) {
      // A machine that stands still for longer than the lease proves nothing: once more, with more time.
      for (const lease of [250, 1_000, 4_000]) {
        const { outcome, longestPause } = await holdOn(trial, lease)
        if (outcome === 'refused') return
        assert.ok(longestPause > lease / 2, 'a renewed lock was given to another')
      }
    },
  },
]

/** Holds a lock by renewing it, while another waits for it thrice as long as the lease. */
async function holdOn(trial: Trial, lease: number): Promise<{ outcome: string; longestPause: number }> {
  const held = await lock(trial, { wait: 60_000, lease })
  const waiter = { outcome: 'waits' }
  const waiting = lock(trial, { wait: 3 * lease, lease: 60_000 }).then(
    async (lock) => {
      waiter.outcome = 'served'
      await lock.release()
    },
    () => (waiter.outcome = 'refused'),
  )
  let longestPause = 0
  let last = performance.now()
  while (waiter.outcome === 'waits' && !trial.over) {
    await held.renew()
    await turn()
    longestPause = Math.max(longestPause, performance.now() - last)
    last = performance.now()
  }
  await waiting
  await held.release()
  return { outcome: waiter.outcome, longestPause }
}
