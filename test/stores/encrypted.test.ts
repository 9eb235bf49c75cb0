import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import {
  CorruptRecordError,
  FileStore,
  MemoryStore,
  NullStore,
  SealedStore,
  SessionConfigError,
} from '../../src/index.ts'
import { encrypted } from '../../src/stores/encrypted.ts'
import type { Store } from '../../src/stores/store.ts'
import { storeConformance } from '../../src/testing/index.ts'
import { newFolder } from '../helpers/file-folder.ts'
import { serve } from '../helpers/serve.ts'

const key = (): string => randomBytes(32).toString('base64url')
const KEY = key()
const SOON = Date.now() + 3_600_000

const folders = new WeakMap<Store, string>()
const inFolder = (dir: string, clock: () => number): Store => {
  const store = encrypted(new FileStore({ dir, clock }), { keys: [KEY] })
  folders.set(store, dir)
  return store
}

/** The other store, for those who want to break in. */
const insides = new WeakMap<Store, MemoryStore>()

const suites = {
  MemoryStore: await storeConformance({
    create(clock) {
      const inner = new MemoryStore({ clock })
      const store = encrypted(inner, { keys: [KEY] })
      insides.set(store, inner)
      return store
    },
    faults: [
      {
        name: 'somebody changes a bit',
        async break(store, id) {
          const inner = insides.get(store)!
          const { data, expiresAt } = inner.get(id)!
          const changed = data.slice(0, 40) + (data[40] === 'A' ? 'B' : 'A') + data.slice(41)
          inner.set(id, changed, expiresAt, 'present')
        },
        heal: () => {},
        expect: 'corrupt',
      },
    ],
  }),
  FileStore: await storeConformance({
    create: (clock) => inFolder(mkdtempSync(join(tmpdir(), 'encrypted-')), clock),
    reopen: (store, clock) => inFolder(folders.get(store)!, clock),
    dispose: (store) => rmSync(folders.get(store)!, { recursive: true }),
    expire: async (store) => void (await store.sweep!()),
  }),
}

for (const [inner, cases] of Object.entries(suites)) {
  for (const { name, skip, run } of cases) {
    if (skip === undefined) test(`encrypted ${inner}: ${name}`, (t) => t.notThrowsAsync(run))
    else test.skip(`encrypted ${inner}: ${name} (${skip})`, (t) => t.notThrowsAsync(run))
  }
}

test('the other store sees neither data nor key, and never the same text twice', (t) => {
  const inner = new MemoryStore()
  const store = encrypted(inner, { keys: [KEY] })
  const texts = ['one', 'two'].map((id) => {
    void store.set(id, 'the secret of Ann', SOON, 'absent')
    return inner.get(id)!.data
  })
  t.not(texts[0], texts[1])
  for (const text of texts) {
    t.regex(text, /^[\w-]+$/)
    t.false(Buffer.from(text, 'base64url').includes('Ann'))
  }
})

test('id, version and deadline are those of the other store, and what answers at once still does', (t) => {
  const inner = new MemoryStore()
  const store = encrypted(inner, { keys: [KEY] })
  const made = store.set('id', 'data', SOON, 'absent')
  t.deepEqual(made, { ok: true, version: inner.get('id')!.version })
  t.deepEqual(store.get('id'), { ...inner.get('id')!, data: 'data' })
  t.deepEqual(store.set('id', 'new', SOON, 'absent'), { ok: false, current: store.get('id') as never })
})

test('a record in the place of another does not open', (t) => {
  const inner = new MemoryStore()
  const store = encrypted(inner, { keys: [KEY] })
  void store.set('mine', 'data', SOON, 'absent')
  inner.set('yours', inner.get('mine')!.data, SOON, 'absent')
  t.throws(() => store.get('yours'), { instanceOf: CorruptRecordError })
  t.throws(() => store.set('yours', 'data', SOON, 'absent'), { instanceOf: CorruptRecordError })
})

test('keys rotate: the first seals, all open, and a key that was dropped opens nothing', (t) => {
  const inner = new MemoryStore()
  const [old, young] = [key(), key()]
  void encrypted(inner, { keys: [old] }).set('id', 'data', SOON, 'absent')
  const both = encrypted(inner, { keys: [young, old] })
  t.like(both.get('id'), { data: 'data' })
  void both.set('id', 'new', SOON, 'present')
  t.like(encrypted(inner, { keys: [young] }).get('id'), { data: 'new' })
  t.throws(() => encrypted(inner, { keys: [old] }).get('id'), { instanceOf: CorruptRecordError })
})

test('a record is of its purpose, and no token of a SealedStore passes for one', (t) => {
  const inner = new MemoryStore()
  const store = encrypted(inner, { keys: [KEY] })
  void store.set('id', 'data', SOON, 'absent')
  t.throws(() => encrypted(inner, { keys: [KEY], purpose: 'other' }).get('id'), {
    instanceOf: CorruptRecordError,
  })
  t.is(new SealedStore({ keys: [KEY] }).open(inner.get('id')!.data), undefined)
  inner.set('id', new SealedStore({ keys: [KEY] }).seal('id', 'data', SOON), SOON, 'present')
  t.throws(() => store.get('id'), { instanceOf: CorruptRecordError })
})

test('what was there before it was encrypted is no record', (t) => {
  const inner = new MemoryStore()
  inner.set('id', 'plain text', SOON, 'absent')
  t.throws(() => encrypted(inner, { keys: [KEY] }).get('id'), { instanceOf: CorruptRecordError })
})

test('it has the methods that the other store has, and no others', async (t) => {
  const bare = encrypted(new NullStore(), { keys: [KEY] })
  t.deepEqual(['lock' in bare, 'sweep' in bare, bare.capabilities.lock], [false, false, false])
  const dir = newFolder(t)
  const file = new FileStore({ dir })
  const store = encrypted(file, { keys: [KEY] })
  t.is(store.capabilities, file.capabilities)
  const lock = await store.lock!('id', { wait: 1_000, lease: 1_000 })
  await lock.release()
  t.deepEqual(await store.sweep!(), { removed: 0, done: true })
  await store.close!()
  await t.throwsAsync(async () => file.get('id'), { code: 'ERR_STORE_UNAVAILABLE' })
})

test('mistakes are errors at start that show no key', (t) => {
  const wrong: [unknown, unknown, RegExp][] = [
    [undefined, { keys: [KEY] }, /first argument of encrypted to be a store/],
    [new SealedStore({ keys: [KEY] }), { keys: [KEY] }, /first argument of encrypted to be a store/],
    [new MemoryStore(), undefined, /options of encrypted to be an object/],
    [new MemoryStore(), { key: KEY }, /Unknown option 'encrypted.key'. Did you mean 'encrypted.keys'/],
    [new MemoryStore(), { keys: KEY }, /keys of encrypted to be a list/],
    [new MemoryStore(), { keys: [] }, /keys of encrypted to hold at least one/],
    [new MemoryStore(), { keys: [KEY.slice(0, 20)] }, /keys\[0\] of encrypted to be at least 32/],
    [new MemoryStore(), { keys: [KEY], purpose: '' }, /purpose of encrypted/],
  ]
  for (const [store, options, message] of wrong) {
    const error = t.throws(() => encrypted(store as Store, options as never), {
      instanceOf: SessionConfigError,
      message,
    })
    t.false(error.message.includes(KEY.slice(0, 20)))
  }
})

test('an application on it works, and a record that was tampered with is no session', async (t) => {
  const inner = new MemoryStore()
  const { visitor, events } = await serve(
    t,
    (ctx) => {
      if (ctx.path === '/') ctx.session.views = (ctx.session.views ?? 0) + 1
      ctx.body = ctx.path === '/id' ? ctx.session.id : String(ctx.session.views)
    },
    { store: encrypted(inner, { keys: [KEY] }) },
  )
  const ann = visitor()
  await ann.get('/')
  t.is((await ann.get('/')).text, '2')
  const id = (await ann.get('/id')).text
  inner.set(id, 'AQID', SOON, 'present')
  t.is((await ann.get('/')).text, '1')
  t.true(events.some(([name]) => name === 'corrupt'))
})
