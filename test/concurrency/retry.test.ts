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

test.serial('the pauses have jitter, grow and are bounded', async (t) => {
  const pauses: number[] = []
  const { random } = Math
  const most = 0.999
  t.teardown(() => (Math.random = random))
  for (const luck of [0, most]) {
    Math.random = () => luck
    const retry = new Retry()
    const began = performance.now()
    for (let tries = 0; tries < 8; tries++) await retry.next('id')
    pauses.push(performance.now() - began)
  }
  t.true(pauses[0]! < pauses[1]!)
  // At most 32 ms each; a busy machine may add to them, but not subtract.
  t.true(pauses[1]! >= 30)
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
