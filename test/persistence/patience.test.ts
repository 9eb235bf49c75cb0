import { createHook } from 'node:async_hooks'
import { stat } from 'node:fs/promises'
import test from 'ava'
import { StoreUnavailableError } from '../../src/index.ts'
import type { Duration } from '../../src/checks/duration.ts'
import { Patience, storeTimeoutOf } from '../../src/persistence/patience.ts'

const late = (): Error => new StoreUnavailableError('late', { outcome: 'unknown' })
const never = (): Promise<never> => new Promise(() => undefined)

/** How many timers `work` makes. */
async function timersOf(work: () => Promise<unknown>): Promise<number> {
  let timers = 0
  const hook = createHook({ init: (_id, type) => void (type === 'Timeout' && (timers += 1)) })
  hook.enable()
  await work()
  hook.disable()
  return timers
}

test.serial('a thousand answers are waited for with one timer', async (t) => {
  const patience = new Patience(60_000)
  const timers = await timersOf(async () => {
    for (let n = 0; n < 1000; n += 1)
      await patience.wait(new Promise((resolve) => setImmediate(resolve)), late)
    await Promise.all(Array.from({ length: 1000 }, (_, n) => patience.wait(Promise.resolve(n), late)))
  })
  t.is(timers, 1)
})

test('an answer and an error that come in time are what they are', async (t) => {
  const patience = new Patience(60_000)
  t.is(await patience.wait(Promise.resolve(7), late), 7)
  await t.throwsAsync(patience.wait(Promise.reject(new Error('down')), late), { message: 'down' })
})

test('each waits for its own time, and what comes later is heard by nobody', async (t) => {
  const patience = new Patience(30)
  let fail: ((error: Error) => void) | undefined
  const began = performance.now()
  const first = t.throwsAsync(patience.wait(new Promise((_resolve, reject) => (fail = reject)), late), {
    message: 'late',
  })
  const answered = patience.wait(new Promise((resolve) => setTimeout(() => resolve('in time'), 15)), late)
  const second = new Promise((resolve) => setTimeout(resolve, 15)).then(() =>
    t.throwsAsync(patience.wait(never(), late), { message: 'late' }),
  )
  await first
  t.true(performance.now() - began >= 29)
  t.is(await answered, 'in time')
  await second
  t.true(performance.now() - began >= 44)
  fail?.(new Error('an unhandled rejection would end the process'))
  await new Promise(setImmediate)
})

test('an answer that a busy process could not hear in time has come in time', async (t) => {
  const patience = new Patience(10)
  const answer = patience.wait(stat(new URL(import.meta.url)), late)
  const until = performance.now() + 50
  while (performance.now() < until);
  t.true((await answer).size > 0)
})

test('the option', (t) => {
  t.deepEqual([storeTimeoutOf(), storeTimeoutOf('2s'), storeTimeoutOf(false)], [10_000, 2000, false])
  t.throws(() => storeTimeoutOf('soon' as Duration), { code: 'ERR_SESSION_CONFIG', message: /storeTimeout/ })
})
