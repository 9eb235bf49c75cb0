import test from 'ava'
import { pause } from '../../src/persistence/retry.ts'
import { ConflictError } from '../../src/index.ts'

test('every other try, the first too, follows at once: there is nothing to wait for', async (t) => {
  for (let tries = 1; tries < 8; tries += 2) {
    t.is(pause('id', tries), undefined)
    await pause('id', tries + 1)
  }
})

test.serial('when others are faster again there are pauses', async (t) => {
  const { random } = Math
  t.teardown(() => (Math.random = random))
  Math.random = () => 0.999
  const began = performance.now()
  for (let tries = 1; tries <= 8; tries++) await pause('id', tries)
  // A busy machine may add to them, but takes nothing away.
  t.true(performance.now() - began >= 30)
})

test.serial('after enough tries it is a ConflictError that names the session', async (t) => {
  const { random } = Math
  t.teardown(() => (Math.random = random))
  Math.random = () => 0
  let tries = 0
  const error = await t.throwsAsync(
    async () => {
      for (;;) {
        await pause('the-id', tries + 1)
        tries++
      }
    },
    { instanceOf: ConflictError, code: 'ERR_SESSION_CONFLICT' },
  )
  t.regex(error.message, /the-id/)
  t.true(tries >= 20 && tries <= 1000)
})
