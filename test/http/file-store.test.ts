import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { SessionConfigError } from '../../src/index.ts'
import { fileOf, filesIn, idOf, newFolder, openStore } from '../helpers/file-folder.ts'
import { routes, tokenIn } from '../helpers/paths.ts'
import { serve, visitor } from '../helpers/serve.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
  },
  '/read': ({ session }) => ({ ...session, isNew: session.isNew }),
  '/destroy': ({ session }) => session.destroy(),
  '/change-id': ({ session }) => session.changeId(),
})

test('sessions survive a restart of the application', async (t) => {
  const dir = newFolder(t)
  const store = openStore(t, dir)
  const before = await serve(t, app, { store })
  const token = tokenIn(await before.visitor().get('/write'))!
  await store.close()
  const after = await serve(t, app, { store: openStore(t, dir) })
  const browser = visitor(after.url)
  t.deepEqual((await browser.get('/read', { Cookie: `sid=${token}` })).body, { user: 'ann', isNew: false })
})

test('two applications on one folder share the sessions', async (t) => {
  const dir = newFolder(t)
  const one = await serve(t, app, { store: openStore(t, dir) })
  const two = await serve(t, app, { store: openStore(t, dir), clock: one.clock })
  const token = tokenIn(await one.visitor().get('/write'))!
  const headers = { Cookie: `sid=${token}` }
  t.like((await visitor(two.url).get('/read', headers)).body, { user: 'ann' })
  await visitor(two.url).get('/destroy', headers)
  t.deepEqual((await visitor(one.url).get('/read', headers)).body, { isNew: true })
})

test('the whole life of a session goes through the files', async (t) => {
  const { visitor } = await serve(t, app, { store: openStore(t, newFolder(t)) })
  const browser = visitor()
  await browser.get('/write')
  await browser.get('/change-id')
  t.like((await browser.get('/read')).body, { user: 'ann', isNew: false })
  t.is(tokenIn(await browser.get('/destroy')), '')
  t.deepEqual((await browser.get('/read')).body, { isNew: true })
})

test('neither the folder nor a file shows the token', async (t) => {
  const dir = newFolder(t)
  const { visitor } = await serve(t, app, { store: openStore(t, dir) })
  const token = tokenIn(await visitor().get('/write'))!
  const files = filesIn(dir)
  t.true(files.length > 0)
  for (const file of files) {
    t.false(file.includes(token))
    t.false(readFileSync(join(dir, file)).includes(token))
  }
})

test('a cookie that is a path reaches no file', async (t) => {
  const dir = newFolder(t)
  const { visitor } = await serve(t, app, { store: openStore(t, dir) })
  const before = filesIn(dir)
  for (const value of ['../../etc/passwd', '..%2f..%2fetc', `${dir}/x`, '/'.repeat(43)]) {
    const { status, body } = await visitor().get('/read', { Cookie: `sid=${value}` })
    t.deepEqual([status, body], [200, { isNew: true }])
  }
  t.deepEqual(filesIn(dir), before)
})

test('a corrupt session file is reported, set aside, and no session', async (t) => {
  const dir = newFolder(t)
  const { visitor, events } = await serve(t, app, { store: openStore(t, dir) })
  const browser = visitor()
  const id = idOf(tokenIn(await browser.get('/write'))!)
  writeFileSync(fileOf(dir, id), 'garbage')
  const answer = await browser.get('/read')
  t.deepEqual([answer.status, answer.body, answer.cookies], [200, { isNew: true }, []])
  t.like(events[1], ['corrupt', { id }])
  t.true(
    filesIn(dir).some((file) => readFileSync(join(dir, file)).toString() === 'garbage'),
    'kept for the curious',
  )
  await browser.get('/read')
  t.is(events[2]?.[0], 'missed', 'no longer in the way')
})

test('a session file that was cut off is no session', async (t) => {
  const dir = newFolder(t)
  const { visitor, events } = await serve(t, app, { store: openStore(t, dir) })
  const browser = visitor()
  const id = idOf(tokenIn(await browser.get('/write'))!)
  writeFileSync(fileOf(dir, id), readFileSync(fileOf(dir, id)).subarray(0, -5))
  t.deepEqual((await browser.get('/read')).body, { isNew: true })
  t.is(events[1]?.[0], 'corrupt')
})

test('a session file that was removed is no session', async (t) => {
  const dir = newFolder(t)
  const { visitor, events } = await serve(t, app, { store: openStore(t, dir) })
  const browser = visitor()
  rmSync(fileOf(dir, idOf(tokenIn(await browser.get('/write'))!)))
  t.deepEqual((await browser.get('/read')).body, { isNew: true })
  t.is(events[1]?.[0], 'missed')
})

test('a folder that is a file is a clear error at start', (t) => {
  const file = join(newFolder(t), 'sessions')
  writeFileSync(file, '')
  const error = t.throws(() => openStore(t, file), { instanceOf: SessionConfigError })
  t.true(error.message.includes(file))
})

test('a folder that everybody may write to is a clear error at start', (t) => {
  const dir = newFolder(t)
  chmodSync(dir, 0o777)
  const error = t.throws(() => openStore(t, dir), { instanceOf: SessionConfigError })
  t.true(error.message.includes(dir))
})
