import { createHmac } from 'node:crypto'
import test from 'ava'
import type { SessionOptions, SessionStore } from '../../src/koa-session/index.ts'
import { cookieOf, type Handler, play, same, type Step } from './both.ts'

// What a client may send in place of a cookie of ours: no session, and never an error.

const show: Handler = (ctx) => void (ctx.body = [ctx.session, ctx.session.isNew])
const NONE = '[{},true]'
const LIVE = { user: 'bob', _expire: Date.UTC(2040, 0), _maxAge: 86_400_000 }

/** A cookie with its signature, as Koa makes it. */
function signed(pair: string, key: string): string {
  const [name] = pair.split('=')
  return `${pair}; ${name}.sig=${createHmac('sha1', key).update(pair).digest('base64url')}`
}

const MODES: Record<string, (store: SessionStore) => SessionOptions> = {
  'in the cookie': () => ({}),
  'in a store': (store) => ({ store }),
}

for (const [mode, options] of Object.entries(MODES)) {
  test.serial(`${mode}: a cookie that was signed with a key that is in use no more`, async (t) => {
    const pair = mode === 'in a store' ? 'koa.sess=known' : cookieOf(LIVE)
    const steps: Step[] = [
      { path: '/', cookie: signed(pair, 'gone') },
      { path: '/', cookie: signed(pair, 'b') },
    ]
    const seen = await same(t, { handler: show, steps, options, records: { known: LIVE } })
    t.is(seen[0]!.text, NONE)
    t.is(seen[1]!.text, '[{"user":"bob"},false]', 'and the key before the last is')
    t.deepEqual(seen[1]!.errors, [])
  })

  test.serial(`${mode}: cookies of other libraries under our name`, async (t) => {
    const steps = [
      // express-session, koa-generic-session, the main entry, and a sealed token.
      's%3AqXyuOsZyiyKQ3bpC1PdLUAdBUFWZPWAi.bH0q9sAOoO3dPOX8Cw%2BlvBKQ0y7L9ZmIyQh7K2g',
      'oBWcbKeTqsXbGvXgpVZbHVkCyPrrbnWC',
      'Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE',
      'Fe26.2*1*f1a6e9c0*hUfUGxhH3_Dn*kQx4VbA*1700000000*b64*mac',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl',
    ].map((value): Step => ({ path: '/', cookie: `koa.sess=${value}` }))
    const unsigned = (store: SessionStore): SessionOptions => ({ ...options(store), signed: false })
    const seen = await same(t, { handler: show, steps, options: unsigned })
    t.true(seen.every(({ status, text, errors }) => status === 200 && text === NONE && errors.length === 0))
  })
}

test.serial('times in a cookie that are none', async (t) => {
  const times = [null, 'soon', {}, [], true, -1, 1e300]
  const steps = times.flatMap((time) => [
    { path: '/', cookie: cookieOf({ a: 1, _expire: time }) },
    { path: '/', cookie: cookieOf({ a: 1, _expire: Date.UTC(2040, 0), _maxAge: time }) },
    { path: '/', cookie: cookieOf({ a: 1, _session: time }) },
  ])
  const handler: Handler = (ctx) => {
    ctx.session['a'] = 2
    ctx.body = 'done'
  }
  const seen = await play(t, 'ours', { handler, steps, options: () => ({ signed: false }) })
  for (const [index, { status, errors }] of seen.entries())
    t.deepEqual([status, errors], [200, []], steps[index]!.cookie)
})

test.serial('a thousand cookies that were damaged on their way', async (t) => {
  const sound = cookieOf({ ...LIVE, cart: [{ tea: 1 }], name: 'Zoë' })
  let state = 1
  const draw = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below
  const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=%-_"{}[]:,'
  const steps = Array.from({ length: 1000 }, (): Step => {
    const characters = sound.slice('koa.sess='.length).split('')
    for (let flaws = 1 + draw(4); flaws > 0; flaws -= 1)
      characters.splice(draw(characters.length), draw(3), CHARACTERS[draw(CHARACTERS.length)]!)
    return { path: '/', cookie: `koa.sess=${characters.slice(0, 5 + draw(200)).join('')}` }
  })
  const handler: Handler = (ctx) => {
    ctx.session['seen'] = true
    ctx.body = ctx.session
  }
  const seen = await play(t, 'ours', { handler, steps, options: () => ({ signed: false }) })
  for (const [index, { status, errors }] of seen.entries())
    if (status !== 200 || errors.length > 0) t.fail(`${steps[index]!.cookie}: ${status} ${errors.join()}`)
  t.is(seen.length, 1000)
})
