import test from 'ava'
import { Retry } from '../../src/concurrency/retry.ts'
import { ConflictError } from '../../src/index.ts'

test('the first try follows without a pause', async (t) => {
  let timer = false
  const immediate = setImmediate(() => (timer = true))
  await new Retry().next('id')
  t.false(timer)
  clearImmediate(immediate)
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
