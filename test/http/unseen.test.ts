import { once } from 'node:events'
import test from 'ava'
import type { Context } from 'koa'
import request from 'superagent'
import { statusMessages } from '../../src/status-messages.ts'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

/** Each looks at a message and answers in a way of its own. */
const look = (ctx: Context): string => {
  const { session, statusMessages: messages } = ctx as Loose
  return String(session.flash.notice ?? messages.status)
}
const answers: Parameters<typeof routes>[0] = {
  '/flash': ({ session }) => {
    session.flash.notice = 'Saved'
  },
  '/status': (ctx) => (ctx as Loose).statusMessages.add({ status: 'Saved' }),
  '/look': look,
  '/204': (ctx) => {
    look(ctx)
    ctx.body = null
  },
  '/304': (ctx) => {
    look(ctx)
    ctx.status = 304
    ctx.body = null
  },
  '/204-and-401': (ctx) => {
    look(ctx)
    ctx.status = 204
    ctx.throw(401)
  },
  '/closed': async (ctx) => {
    const gone = once(ctx.res, 'close')
    look(ctx)
    ctx.req.socket.destroy()
    await gone
  },
}

for (const [name, put] of [
  ['flash', '/flash'],
  ['a status message', '/status'],
] as const) {
  for (const [sentence, ask, shown] of [
    ['HEAD', 'HEAD /look', 'Saved'],
    ['status 204', 'GET /204', 'Saved'],
    ['status 304', 'GET /304', 'Saved'],
    ['a connection that closed before', 'GET /closed', 'Saved'],
    ['GET', 'GET /look', 'undefined'],
    ['an error of 401 after the status 204', 'GET /204-and-401', 'undefined'],
  ] as const) {
    test.serial(`${sentence} ${shown === 'Saved' ? 'uses up no' : 'uses up a'} ${name}`, async (t) => {
      const { url } = await serve(t, routes(answers), {
        stages: (defaults) => defaults.after('flash', statusMessages()),
      })
      const first = await request.get(url + put)
      const Cookie = String(first.headers['set-cookie']).split(';')[0]!
      const query = `?mid=${first.text}`
      const [method, path] = ask.split(' ') as [string, string]
      const asked = request(method, url + path + query).set({ Cookie })
      await asked.ok(() => true).catch((error) => t.is(error.code, 'ECONNRESET'))
      t.is((await request.get(`${url}/look${query}`).set({ Cookie })).text, shown)
    })
  }
}
