import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { KOA_MODULE } from '../helpers/koa.ts'

const run = promisify(execFile)
const ENTRY = JSON.stringify(new URL('../../src/index.js', import.meta.url))

interface Outcome {
  /** What a visitor was shown by the next request. */
  readonly next: object
  /** The codes and messages that reached the app's `error` event. */
  readonly errors: [code: string, message: string][]
  /** What the late code noted down. */
  readonly seen: unknown[]
}

/** In a process of its own, as in production: a request whose handler is `handler`, and one that reads. */
async function inProduction(handler: string): Promise<Outcome> {
  const program = `
    import Koa from '${KOA_MODULE}'
    import { MemoryStore, session } from ${ENTRY}
    const [errors, seen] = [[], []]
    const app = new Koa()
    app.on('error', ({ code, message }) => errors.push([code, message]))
    app.use(async (ctx, next) => {
      await next()
      ctx.state.outside?.()
    })
    app.use(session(app, { store: new MemoryStore() }))
    app.use((ctx) => {
      const { session } = ctx
      if (ctx.path === '/read') ctx.body = { ...session, flash: { ...session.flash } }
      else {
        Object.assign(session, { user: 'ann', cart: ['tea'] })
        ctx.body = 'done'
        ${handler}
      }
    })
    const server = app.listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port
      const first = await fetch(url)
      await first.text()
      await new Promise((resolve) => setTimeout(resolve, 50))
      const headers = { Cookie: first.headers.getSetCookie()[0].split(';')[0] }
      const next = await (await fetch(url + '/read', { headers })).json()
      console.log(JSON.stringify({ next, errors, seen }))
      process.exit()
    })
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  return JSON.parse(stdout) as Outcome
}

const STORED = { user: 'ann', cart: ['tea'], flash: {} }
const LATE = /written after it had been committed/

test('in production what is written after the answer is ignored and reported, and ends no process', async (t) => {
  const { next, errors, seen } = await inProduction(`
    ctx.res.once('close', () => setTimeout(() => {
      session.late = 1
      delete session.user
      session.flash.notice = 'late'
      session.idleTimeout = '1h'
      ctx.session = { late: 2 }
      seen.push({ ...session })
    }, 1))
  `)
  t.deepEqual(next, STORED)
  t.deepEqual(seen, [{ user: 'ann', cart: ['tea'] }])
  t.deepEqual(
    errors.map(([code]) => code),
    Array.from({ length: 5 }, () => 'ERR_SESSION_LATE_WRITE'),
  )
  t.true(errors.every(([, message]) => LATE.test(message)))
})

test('in production what is written between commit and answer is reported by name at the end, once', async (t) => {
  const { next, errors } = await inProduction(`
    ctx.state.outside = () => {
      session.late = 1
      session.later = 2
    }
  `)
  t.deepEqual(next, STORED)
  t.is(errors.length, 1)
  t.is(errors[0]![0], 'ERR_SESSION_LATE_WRITE')
  t.regex(errors[0]![1], /: late, later\b/)
})

test('in production nobody looks inside of values for late changes', async (t) => {
  const { next, errors } = await inProduction("ctx.state.outside = () => session.cart.push('cup')")
  t.deepEqual([next, errors], [STORED, []])
})

test('in production what is written after the answer to a session that was left behind is still an error', async (t) => {
  const { errors, seen } = await inProduction(`
    ctx.session = null
    ctx.session.user = 'bob'
    ctx.res.once('close', () => {
      try {
        session.late = 1
      } catch ({ code }) {
        seen.push(code)
      }
    })
  `)
  t.deepEqual([errors, seen], [[], ['ERR_SESSION_UNAVAILABLE']])
})
