import { format, inspect } from 'node:util'
import test from 'ava'
import { type Session, stage } from '../../src/index.ts'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

/** Whatever somebody may log, without the custom inspection that a class may have, and with it. */
const views = (value: unknown): string[] => [
  inspect(value, { depth: 12, showHidden: true }),
  inspect(value, { depth: 12, showHidden: true, customInspect: false }),
  inspect(value, { depth: 12, getters: true }),
]

const seen: { session?: Session } = {}
const watch = stage('watch', function* (_ctx, session) {
  seen.session = session
})
const options = { stages: (defaults: Loose) => defaults.after('identify', watch) }

const app = routes({
  '/write': (ctx) => {
    ctx['session'].user = 'ann'
  },
  '/inspect': (ctx) => views(ctx['session']).join('\n'),
  '/inspect-plainly': ({ session }) => [
    inspect(session),
    inspect(session.flash),
    inspect({ deep: { session } }),
    format('%o %s', { session }, session),
  ],
  '/write-flash': ({ session }) => void (session.flash.notice = 'Saved'),
  '/flash': ({ session }) => ({ ...session.flash }),
  '/inspect-stage': () => [...views(seen.session), JSON.stringify(seen.session)].join('\n'),
  '/inspect-destroyed': async (ctx) => {
    await ctx['session'].destroy('logout')
    return [...views(ctx['session']), ...views(seen.session)].join('\n')
  },
  '/inspect-moved': async (ctx) => {
    await ctx['session'].changeId()
    return [...views(ctx['session']), ...views(seen.session), seen.session?.token].join('\n')
  },
})

for (const path of ['/inspect', '/inspect-stage', '/inspect-destroyed']) {
  test(`${path} never shows the token`, async (t) => {
    const browser = (await serve(t, app, options)).visitor()
    const token = tokenIn(await browser.get('/write'))!
    const { text, status } = await browser.get(path)
    t.is(status, 200)
    t.is(token.length, 43)
    t.false(text.includes(token))
  })
}

test('inspection after a change of id shows neither the old token nor the new one', async (t) => {
  const browser = (await serve(t, app, options)).visitor()
  const old = tokenIn(await browser.get('/write'))!
  const answer = await browser.get('/inspect-moved')
  const now = tokenIn(answer)!
  t.false(answer.text.includes(old))
  t.is(answer.text.split(now).length, 2, 'only where the test itself asked for it')
})

test('inspecting the data shows the data', async (t) => {
  const browser = (await serve(t, app, options)).visitor()
  await browser.get('/write')
  t.true((await browser.get('/inspect')).text.includes("user: 'ann'"))
  const [plain, , deep, formatted] = (await browser.get('/inspect-plainly')).body as string[]
  t.is(plain, "Session { user: 'ann' }")
  t.true(deep!.includes("session: Session { user: 'ann' }"))
  t.true(formatted!.includes("Session { user: 'ann' }"))
})

test('inspecting an empty session shows no data', async (t) => {
  const [plain, flash] = (await (await serve(t, app, options)).visitor().get('/inspect-plainly'))
    .body as string[]
  t.deepEqual([plain, flash], ['Session {}', '{}'])
})

test('inspecting the session or its flash is no look at the flash', async (t) => {
  const browser = (await serve(t, app, options)).visitor()
  await browser.get('/write-flash')
  const [plain, flash] = (await browser.get('/inspect-plainly')).body as string[]
  t.deepEqual([plain, flash], ['Session {}', "{ notice: 'Saved' }"])
  t.deepEqual((await browser.get('/flash')).body, { notice: 'Saved' })
  t.deepEqual((await browser.get('/flash')).body, {})
})

const inspecting = async (ctx: Loose) => {
  ctx.session.user = 'ann'
  const shown = [...views(ctx), JSON.stringify(ctx)]
  ctx.body = { shown: shown.join('\n'), id: ctx.session.id }
}

test('inspecting the context of a new session shows no token before it is sent', async (t) => {
  const answer = await (await serve(t, inspecting)).visitor().get('/')
  t.false(answer.text.includes(tokenIn(answer)!))
})

const ours = (ctx: Loose): string =>
  Object.getOwnPropertySymbols(ctx)
    .flatMap((symbol) => views(ctx[symbol]))
    .join('\n')

test('what the session keeps on the context shows no token of the request', async (t) => {
  const app = routes({ '/write': ({ session }) => (session.user = 'ann'), '/look': (ctx) => ours(ctx) })
  const browser = (await serve(t, app)).visitor()
  const token = tokenIn(await browser.get('/write'))!
  const { text } = await browser.get('/look')
  t.true(text.length > 0)
  t.false(text.includes(token))
})
