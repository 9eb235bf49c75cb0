import test from 'ava'
import { Retry } from '../../src/persistence/retry.ts'
import { ConflictError } from '../../src/index.ts'

test('every other try, the first too, follows at once: there is nothing to wait for', async (t) => {
  const retry = new Retry()
  for (let tries = 0; tries < 4; tries++) {
    t.is(retry.next('id'), undefined)
    await retry.next('id')
  }
})

test.serial('when others are faster again there are pauses', async (t) => {
  const { random } = Math
  t.teardown(() => (Math.random = random))
  Math.random = () => 0.999
  const retry = new Retry()
  const began = performance.now()
  for (let tries = 0; tries < 8; tries++) await retry.next('id')
  // A busy machine may add to them, but takes nothing away.
  t.true(performance.now() - began >= 30)
})

test.serial('after enough tries it is a ConflictError that names the session', async (t) => {
  const { random } = Math
  t.teardown(() => (Math.random = random))
  Math.random = () => 0
  const retry = new Retry()
  let tries = 0
  const error = await t.throwsAsync(
    async () => {
      for (;;) {
        await retry.next('the-id')
        tries++
      }
    },
    { instanceOf: ConflictError, code: 'ERR_SESSION_CONFLICT' },
  )
  t.regex(error.message, /the-id/)
  t.true(tries >= 20 && tries <= 1000)
})
