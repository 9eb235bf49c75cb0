import test from 'ava'
import { type LockOptions, LockTimeoutError, type Store } from '../../src/index.ts'
import { type LockPlan, SessionLocks } from '../../src/persistence/session-lock.ts'
import { gate } from '../helpers/gate.ts'

const plan = (changes: Partial<LockPlan> = {}): LockPlan => ({
  wait: 60_000,
  lease: 60_000,
  maxWaiters: 16,
  ...changes,
})

/** Locks that are always free in the store. */
function free(changes: { renew?: () => Promise<boolean>; release?: () => Promise<void> } = {}): {
  locks: SessionLocks
  asked: LockOptions[]
} {
  const asked: LockOptions[] = []
  const lock: Store['lock'] = async (_id, options) => {
    asked.push(options)
    return { renew: async () => true, release: async () => undefined, ...changes }
  }
  return { locks: new SessionLocks({ lock }), asked }
}

test('those who wait are served in the order of asking', async (t) => {
  const { locks } = free()
  const order: number[] = []
  const first = await locks.take('x', plan())
  const rest = [1, 2, 3].map(async (number) => {
    const lock = await locks.take('x', plan())
    order.push(number)
    await lock.release()
  })
  t.deepEqual(order, [])
  await first.release()
  await Promise.all(rest)
  t.deepEqual(order, [1, 2, 3])
})

test('the store is asked by one request of this process at a time', async (t) => {
  const { locks, asked } = free()
  const first = await locks.take('x', plan())
  const second = locks.take('x', plan())
  t.is(asked.length, 1)
  await first.release()
  await (await second).release()
  t.is(asked.length, 2)
})

test('other sessions do not wait', async (t) => {
  const { locks } = free()
  const one = await locks.take('x', plan())
  const other = await locks.take('y', plan())
  await Promise.all([one.release(), other.release()])
  t.pass()
})

test('beyond maxWaiters it is an error at once, with the seconds after which to try again', async (t) => {
  const { locks } = free()
  const holder = await locks.take('x', plan())
  const limits = plan({ maxWaiters: 2, wait: 4_200 })
  const waiters = [locks.take('x', limits), locks.take('x', limits)]
  const error = await t.throwsAsync(locks.take('x', limits), { instanceOf: LockTimeoutError })
  t.like(error, {
    status: 503,
    retryAfter: 5,
    headers: { 'Retry-After': '5' },
    code: 'ERR_SESSION_LOCK_TIMEOUT',
  })
  await holder.release()
  for (const waiter of waiters) await (await waiter).release()
})

test('maxWaiters 0: nobody waits', async (t) => {
  const { locks } = free()
  const holder = await locks.take('x', plan({ maxWaiters: 0 }))
  await t.throwsAsync(locks.take('x', plan({ maxWaiters: 0 })), { instanceOf: LockTimeoutError })
  await holder.release()
  await (await locks.take('x', plan({ maxWaiters: 0 }))).release()
})

test('who has waited too long leaves the line, and those behind move up', async (t) => {
  const { locks } = free()
  const holder = await locks.take('x', plan())
  const impatient = locks.take('x', plan({ wait: 10 }))
  const patient = locks.take('x', plan())
  const error = await t.throwsAsync(impatient, { instanceOf: LockTimeoutError })
  t.is(error?.retryAfter, 1)
  await holder.release()
  await (await patient).release()
})

test('the time spent in the line counts for the wait in the store', async (t) => {
  const { locks, asked } = free()
  const holder = await locks.take('x', plan())
  t.true(asked[0]!.wait > 50_000)
  const waiter = locks.take('x', plan({ wait: 60_000 }))
  await new Promise((resolve) => setTimeout(resolve, 2))
  await holder.release()
  await (await waiter).release()
  t.true(asked[1]!.wait < 60_000)
  t.is(asked[1]!.lease, 60_000)
})

test('a store that does not give the lock leaves the line to the next one', async (t) => {
  let fail = true
  const lock: Store['lock'] = async () => {
    if (fail) throw new LockTimeoutError('no', 1)
    return { renew: async () => true, release: async () => undefined }
  }
  const locks = new SessionLocks({ lock })
  const refused = locks.take('x', plan())
  const next = locks.take('x', plan())
  await t.throwsAsync(refused, { instanceOf: LockTimeoutError })
  fail = false
  await t.throwsAsync(next, { instanceOf: LockTimeoutError })
  await (await locks.take('x', plan())).release()
})

test('a lock is released once, however often it is asked', async (t) => {
  let releases = 0
  const { locks } = free({ release: async () => void releases++ })
  const lock = await locks.take('x', plan())
  await Promise.all([lock.release(), lock.release()])
  t.is(releases, 1)
})

for (const [what, release] of Object.entries({
  rejects: async (): Promise<void> => {
    throw new Error('down')
  },
  throws: (): never => {
    throw new Error('down')
  },
})) {
  test(`a store whose release ${what} is left to the lease, and the next one has its turn`, async (t) => {
    const { locks } = free({ release })
    const lock = await locks.take('x', plan())
    const next = locks.take('x', plan())
    await lock.release()
    await (await next).release()
    t.pass()
  })
}

for (const [what, renew] of Object.entries({
  succeeds: async (): Promise<boolean> => true,
  'says no': async (): Promise<boolean> => false,
  rejects: async (): Promise<boolean> => {
    throw new Error('down')
  },
  throws: (): never => {
    throw new Error('down')
  },
})) {
  test(`the lease is renewed again and again while it is held, though renewing ${what}`, async (t) => {
    const thrice = gate()
    let renewals = 0
    const { locks } = free({
      renew: () => {
        if (++renewals === 3) thrice.open()
        return renew()
      },
    })
    const lock = await locks.take('x', plan({ lease: 3 }))
    // Renewal keeps no process alive; this does.
    const alive = setInterval(() => undefined, 1_000)
    await thrice.opened
    clearInterval(alive)
    await lock.release()
    t.true(renewals >= 3)
  })
}

test('a lease beyond what timers can measure is not renewed all the time', async (t) => {
  let renewals = 0
  const { locks } = free({ renew: async () => ++renewals > 0 })
  const lock = await locks.take('x', plan({ lease: 1e12, wait: 1e12 }))
  const second = locks.take('x', plan({ lease: 1e12, wait: 1e12 }))
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.is(renewals, 0)
  await lock.release()
  await (await second).release()
})
