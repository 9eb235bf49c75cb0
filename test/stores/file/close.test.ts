import test from 'ava'
import { StoreUnavailableError } from '../../../src/errors.ts'
import { idOf, newFolder, openStore } from '../../helpers/file-folder.ts'

const LATER = Date.now() + 3_600_000
const id = idOf('a')

for (const io of ['async', 'sync'] as const) {
  test(`after close every operation rejects (${io})`, async (t) => {
    const store = openStore(t, newFolder(t), { io })
    await store.close()
    for (const act of [
      () => store.get(id),
      () => store.set(id, 'data', LATER, 'absent'),
      () => store.touch(id, LATER, 'version'),
      () => store.delete(id),
      () => store.lock(id, { wait: 1, lease: 1 }),
      () => store.sweep(),
    ]) {
      const result = act()
      t.true(result instanceof Promise)
      await t.throwsAsync(async () => result, { instanceOf: StoreUnavailableError, message: /closed/ })
    }
  })
}

test('close is idempotent, and waits for what is under way', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const done: string[] = []
  const write = Promise.resolve(store.set(id, 'data', LATER, 'absent')).then(() => done.push('write'))
  const first = store.close()
  const second = store.close()
  await Promise.all([first, second].map((closing) => closing.then(() => done.push('close'))))
  await write
  t.deepEqual(done, ['write', 'close', 'close'])
  t.is((await openStore(t, dir).get(id))?.data, 'data')
})

test('close ends a sweep at its next slice', async (t) => {
  const store = openStore(t, newFolder(t))
  for (let n = 0; n < 20; n += 1) await store.set(idOf(`${n}`), 'data', 1_000, 'absent')
  const sweep = store.sweep({ slice: 0 })
  await store.close()
  t.like(await sweep, { done: false })
})

test('capabilities', (t) => {
  t.deepEqual(openStore(t, newFolder(t)).capabilities, {
    atomic: true,
    shared: true,
    durable: true,
    expires: true,
    lock: true,
  })
})
