import test from 'ava'
import { insist, pause } from '../../src/persistence/retry.ts'
import type { SessionRecord } from '../../src/record.ts'
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

test.serial(
  'requests of one process that all began with the same version wait for each other, not for pauses',
  async (t) => {
    const meta = { createdAt: 0, updatedAt: 0 }
    let stored: SessionRecord = { id: 'one of eight', version: '0', expiresAt: 0, meta, lines: '\n' }
    let tries = 0
    let pauses = 0
    const write = async (
      newest: SessionRecord,
    ): Promise<{ done: SessionRecord } | { instead: SessionRecord }> => {
      tries += 1
      await Promise.resolve()
      if (newest.version !== stored.version) return { instead: stored }
      stored = { ...stored, version: String(Number(stored.version) + 1) }
      return { done: stored }
    }
    const { random } = Math
    t.teardown(() => (Math.random = random))
    Math.random = () => ((pauses += 1), 0)
    const begun = stored
    await Promise.all(Array.from({ length: 8 }, async () => insist(begun, write)))
    t.is(stored.version, '8')
    t.is(pauses, 0)
    // 8 together, 7 again, and then one after the other, each with what it saw before it waited and with what is there.
    t.true(tries <= 8 + 7 + 2 * 6, String(tries))
  },
)
