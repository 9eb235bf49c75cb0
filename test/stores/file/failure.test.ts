import test from 'ava'
import { isSharing, patiently } from '../../../src/stores/file/failure.ts'

test('what Windows refuses while a scanner has the file open is tried again, for a while', async (t) => {
  let tries = 0
  const refused = (): string => {
    tries += 1
    if (tries < 4) throw Object.assign(new Error('EPERM'), { code: 'EPERM' })
    return 'done'
  }
  t.is(await patiently(refused, isSharing, 60_000), 'done')
  tries = -Infinity
  await t.throwsAsync(patiently(refused, isSharing, 5), { code: 'EPERM' })
  await t.throwsAsync(
    patiently(() => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })), isSharing, 60_000),
    { code: 'EIO' },
  )
})
