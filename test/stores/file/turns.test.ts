import test from 'ava'
import { isSharing } from '../../../src/stores/file/failure.ts'
import { patiently } from '../../../src/stores/file/patience.ts'
import { Turns } from '../../../src/stores/file/turns.ts'

test('tasks of one key run one after another, in order; those of others do not wait', async (t) => {
  const turns = new Turns()
  const log: string[] = []
  const task = (name: string) => async (waited: boolean) => {
    log.push(`${name} begins${waited ? ' after others' : ''}`)
    await new Promise(setImmediate)
    log.push(`${name} ends`)
  }
  await Promise.all([turns.run('k', task('a')), turns.run('k', task('b')), turns.run('l', task('c'))])
  t.deepEqual(log, ['a begins', 'c begins', 'a ends', 'b begins after others', 'c ends', 'b ends'])
})

test('a task that fails does not stop the line, and nothing is kept of an idle key', async (t) => {
  const turns = new Turns()
  const failing = t.throwsAsync(
    turns.run('k', () => Promise.reject(new Error('no'))),
    { message: 'no' },
  )
  t.is(await turns.run('k', async () => 'yes'), 'yes')
  await failing
  await new Promise(setImmediate)
  t.is(turns.size, 0)
})

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
