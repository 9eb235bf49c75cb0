import test from 'ava'
import { ConflictError, CorruptRecordError, MemoryStore, type SetResult } from '../../src/index.ts'
import { changeIndex, readIndex, type StoredIndex } from '../../src/stages.ts'

const ID = 'an index'
const LATER = 4_000_000_000_000

const append =
  (text: string) =>
  ({ lines = '\n' }: StoredIndex) => ({ lines: `${lines}${text}\n`, expiresAt: LATER, result: text })

test('an index is read as it was written, and one that is not there is empty', async (t) => {
  const store = new MemoryStore()
  t.deepEqual(await readIndex(store, ID), { lines: undefined, expiresAt: 0 })
  t.is(await changeIndex(store, ID, append('one')), 'one')
  t.deepEqual(await readIndex(store, ID), { lines: '\none\n', expiresAt: LATER })
})

test('parallel changes are all there', async (t) => {
  const store = new MemoryStore()
  await Promise.all(Array.from({ length: 100 }, (_, n) => changeIndex(store, ID, append(String(n)))))
  const { lines } = await readIndex(store, ID)
  t.is(lines!.split('\n').filter(Boolean).length, 100)
})

test('a change that returns nothing leaves the index alone, and a deadline never comes nearer', async (t) => {
  const store = new MemoryStore()
  await changeIndex(store, ID, append('one'))
  t.is(await changeIndex(store, ID, () => undefined), undefined)
  await changeIndex(store, ID, () => ({ lines: '\ntwo\n', expiresAt: 1, result: 2 }))
  t.deepEqual(await readIndex(store, ID), { lines: '\ntwo\n', expiresAt: LATER })
})

test('a text that is torn, or no index, counts as none and is replaced', async (t) => {
  for (const data of ['', '1i 9\nabc\n', '1i 1', '1s 1 0 0\n', '1i 4\nabc']) {
    const store = new MemoryStore()
    store.set(ID, data, LATER, 'absent')
    t.is((await readIndex(store, ID)).lines, undefined, data)
    await changeIndex(store, ID, append('new'))
    t.is((await readIndex(store, ID)).lines, '\nnew\n', data)
  }
})

test('an index that the store has set aside as corrupt is begun anew', async (t) => {
  class Corrupt extends MemoryStore {
    damaged = true
    override get(id: string): ReturnType<MemoryStore['get']> {
      if (this.damaged) throw new CorruptRecordError('Damaged.')
      return super.get(id)
    }
  }
  const store = new Corrupt()
  t.is((await readIndex(store, ID)).lines, undefined)
  await changeIndex(store, ID, append('new'))
  store.damaged = false
  t.is((await readIndex(store, ID)).lines, '\nnew\n')
})

test('conflicts without end are an error that does not show the id', async (t) => {
  class Busy extends MemoryStore {
    override set(): SetResult {
      return { ok: false }
    }
  }
  const error = await t.throwsAsync(changeIndex(new Busy(), ID, append('one')), {
    instanceOf: ConflictError,
    message: /^Session index was changed by other requests/,
  })
  t.false(error.message.includes(ID))
})
