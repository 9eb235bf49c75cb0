import test from 'ava'
import type { SessionOptions, SessionStore } from '../../src/koa-session/index.ts'
import { count, later, play } from './both.ts'

// What koa-session does not wait for.

for (const kind of ['cookie', 'store'] as const) {
  const place = (store: SessionStore): SessionOptions => (kind === 'store' ? { store } : {})

  test.serial(`${kind}: hooks may be asynchronous`, async (t) => {
    const options = (store: SessionStore): SessionOptions => ({
      ...place(store),
      genid: (ctx) => later(`late-${ctx.path.slice(1)}`),
      valid: async (ctx, session) => later(session['uid'] === ctx.get('uid')),
      beforeSave: async (ctx, session) => void (session['uid'] = await later(ctx.get('uid'))),
      encode: (payload) => later(Buffer.from(JSON.stringify(payload)).toString('hex')),
      decode: async (text) => later(JSON.parse(Buffer.from(text, 'hex').toString()) as unknown),
    })
    const uid = (value: string) => ({ path: '/a', headers: { uid: value } })
    const seen = await play(t, 'ours', { handler: count, steps: [uid('1'), uid('1'), uid('2')], options })
    t.deepEqual(
      seen.map(({ text }) => text),
      ['{"n":1,"uid":"1"}', '{"n":2,"uid":"1"}', '{"n":1,"uid":"2"}'],
    )
    t.deepEqual(seen[2]!.errors, [])
    t.is(seen[2]!.events.length, 1)
    if (kind === 'store') t.true(Object.hasOwn(seen[0]!.records, 'late-a'))
  })

  test.serial(`${kind}: beforeSave that rejects fails the request`, async (t) => {
    const beforeSave = async (): Promise<void> => {
      throw new Error('not now')
    }
    const options = (store: SessionStore): SessionOptions => ({ ...place(store), beforeSave })
    const [seen] = await play(t, 'ours', { handler: count, steps: ['/'], options })
    t.is(seen!.status, 500)
    t.deepEqual(seen!.errors, ['not now'])
  })
}

test.serial('the way of the id may be asynchronous', async (t) => {
  const seen = await play(t, 'ours', {
    handler: count,
    steps: ['/', { path: '/', headers: { sid: 'id-1' } }],
    options: (store) => ({
      store,
      externalKey: {
        get: (ctx) => later(ctx.get('sid')),
        set: async (ctx, key) => {
          await later(undefined)
          ctx.set('sid', key)
        },
      },
    }),
  })
  t.is(seen[1]!.text, '{"n":2}')
})

test.serial('an asynchronous decode that fails drops the cookie', async (t) => {
  const seen = await play(t, 'ours', {
    handler: count,
    steps: [{ path: '/', cookie: 'koa.sess=x' }, '/'],
    options: () => ({
      signed: false,
      decode: async (text) => {
        if (text === 'x') throw new Error('not mine')
        return later(JSON.parse(Buffer.from(text, 'base64').toString()) as unknown)
      },
    }),
  })
  t.deepEqual(seen[0]!.errors, ['not mine'])
  t.regex(seen[0]!.cookies[0]!, /^koa\.sess=;.* 1970/)
})

test.serial('a hook that promises, and does not look like it, is refused', async (t) => {
  const [, seen] = await play(t, 'ours', {
    handler: count,
    steps: ['/', '/'],
    options: () => ({ valid: () => later(true) }),
  })
  t.is(seen!.status, 500)
  t.regex(seen!.errors[0]!, /declared as 'async'/)
})

test.serial('ids that are none are refused', async (t) => {
  for (const id of ['', 5, undefined]) {
    const options = (store: SessionStore): SessionOptions => ({ store, genid: () => id as string })
    const [seen] = await play(t, 'ours', { handler: count, steps: ['/'], options })
    t.regex(seen!.errors[0]!, /Expected the option genid/)
  }
})
