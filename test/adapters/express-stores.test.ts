import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import express from 'express'
import session from 'express-session'
import request from 'superagent'
import { type ExpressStore, fromExpressStore } from '../../src/adapters/index.ts'
import { type ConformanceCase, storeConformance } from '../../src/testing/index.ts'
import { declareConformance } from '../helpers/conformance.ts'
import { serve } from '../helpers/serve.ts'
import { content, handler, HOUR, plain, put, take } from './content.ts'
import { type Original, ORIGINALS } from './express-stores.ts'

const SECRET = 'secret'

/** All of it runs side by side, and some wait for the disk. */
const PATIENT = { timeout: '1m' } as const

/** What express-session sends for an id. */
const cookieOf = (sid: string): string => {
  const signature = createHmac('sha256', SECRET).update(sid).digest('base64').replace(/=+$/, '')
  return `connect.sid=${encodeURIComponent(`s:${sid}.${signature}`)}`
}

type Ask = (path: string, sid?: string) => Promise<{ body: Record<string, unknown>; sid: string | undefined }>

/** An Express application on the store. */
function serveExpress(t: ExecutionContext, store: ExpressStore): Ask {
  const app = express()
  app.use(
    session({
      secret: SECRET,
      store,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: HOUR },
    }) as never,
  )
  app.get('/read', ({ session }, response) => response.json(session))
  app.get('/write', ({ session, sessionID }, response) => {
    session['user'] = 'bob'
    response.json({ sid: sessionID })
  })
  app.get('/destroy', ({ session }, response) => session.destroy(() => response.json({})))
  const server = createServer(app).listen()
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return async (path, sid) => {
    const asked = request.get(`http://127.0.0.1:${port}${path}`)
    const { body } = await (sid === undefined ? asked : asked.set('Cookie', cookieOf(sid)))
    return { body: body as Record<string, unknown>, sid: (body as { sid?: string }).sid }
  }
}

// AVA wants all tests declared in one go, so the stores and the lists come first.
const opened = await Promise.all(
  Object.entries(ORIGINALS).map(async ([name, make]) => {
    const original = await make()
    return { name, original, cases: original && (await conformanceOf(original)) }
  }),
)

for (const { name, original, cases } of opened) {
  if (original && cases) {
    declare(name, original)
    declareConformance(`fromExpressStore(${name})`, cases)
  } else test.skip(`${name}: what it needs is not on this machine`, (t) => t.pass())
}

function conformanceOf(original: Original): Promise<readonly ConformanceCase[]> {
  return storeConformance({
    create: async () => fromExpressStore((await original.open()).ours, PATIENT),
    ownClock: true,
  })
}

function declare(name: string, original: Original): void {
  test.after.always(`${name} is closed`, () => original.close())

  test(`${name}: what we write express-session reads, and what it changes we read`, async (t) => {
    const stores = await original.open()
    const ours = fromExpressStore(stores.ours, PATIENT)
    const ask = serveExpress(t, stores.theirs)
    const written = content()
    const version = await put(ours, 'shared', written)
    t.deepEqual(await take(ours, 'shared'), plain(written))
    const { body } = await ask('/read', 'shared')
    t.like(body, { user: 'ann', cart: [{ tea: 1 }] })
    t.is(typeof (body['cookie'] as { originalMaxAge: number }).originalMaxAge, 'number')
    t.is((await ours.get('shared'))?.version, version, 'reading changes nothing')
    await ask('/write', 'shared')
    t.deepEqual(await take(ours, 'shared'), plain({ ...written, data: { ...written.data, user: 'bob' } }))
    t.not((await ours.get('shared'))?.version, version)
    await ask('/destroy', 'shared')
    t.is(await ours.get('shared'), undefined)
  })

  test(`${name}: a session of express-session is one of ours, without what was injected`, async (t) => {
    const stores = await original.open()
    const ours = fromExpressStore(stores.ours, PATIENT)
    const ask = serveExpress(t, stores.theirs)
    const sid = (await ask('/write')).sid!
    const before = (await ours.get(sid))!
    t.like(await take(ours, sid), { data: { user: 'bob' }, flash: {}, annotations: {} })
    t.true(Math.abs(before.expiresAt - Date.now() - HOUR) < 60_000)
    t.true(await ours.touch(sid, before.expiresAt + HOUR, before.version))
    t.like(await ours.get(sid), { version: before.version, expiresAt: before.expiresAt + HOUR })
    t.like((await ask('/read', sid)).body, { user: 'bob' })
    t.true(await ours.delete(sid))
    t.false('user' in (await ask('/read', sid)).body)
  })

  test(`${name}: the whole life of a session goes through the store`, async (t) => {
    const { visitor } = await serve(t, handler, {
      store: fromExpressStore((await original.open()).ours, PATIENT),
      clock: Date.now,
    })
    const browser = visitor()
    await browser.get('/write')
    await browser.get('/change-id')
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false, notice: 'Saved' })
    t.deepEqual((await browser.get('/read')).body, { user: 'ann', isNew: false })
    await browser.get('/destroy')
    t.deepEqual((await browser.get('/read')).body, { isNew: true })
  })
}
