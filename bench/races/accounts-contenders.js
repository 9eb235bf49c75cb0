// Who is logged in where, on three systems: each set up as its own documentation or the usual recipe does it. What they
// keep stands in one Redis, so that each answers as it does in production.
import { setTimeout } from 'node:timers/promises'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { RedisStore as ConnectRedis } from 'connect-redis'
import express from 'express'
import expressSession from 'express-session'
import Koa from 'koa'
import { createClient } from 'redis'
import { accountSessions } from '../../dist/accounts/index.js'
import { session } from '../../dist/index.js'
import { RedisStore } from '../../dist/stores/redis/index.js'
import { pass } from './routes.js'

const PASSWORD = 'open sesame'
export const MAX = 5

/** What the password check takes, which all of them wait for. */
const check = () => setTimeout(Math.random() * 20)

/** Koa with accounts. */
async function ours({ port, max }) {
  const client = createClient({ socket: { port } })
  await client.connect()
  const store = new RedisStore({ client, prefix: `ours:${max}:` })
  const accounts = accountSessions({ store, subject: ({ data }) => data.user, max })
  const app = new Koa()
  app.use(session(app, { store, stages: (all) => all.after('persist', accounts.stage) }))
  const routes = {
    async '/login'(ctx) {
      await check()
      await ctx.session.regenerate()
      ctx.session.user = ctx.query.user
      await pass(ctx.query.wait)
    },
    async '/slow'(ctx) {
      ctx.session.slow = Math.random()
      await pass(ctx.query.wait)
    },
    '/list': async (ctx) => (await accounts.list(ctx.query.user)).length,
    '/end-all': (ctx) => accounts.endAll(ctx.query.user),
    '/me': (ctx) => ctx.session.user ?? null,
  }
  app.use(async (ctx) => {
    const result = await routes[ctx.path](ctx)
    ctx.type = 'json'
    ctx.body = JSON.stringify(result ?? null)
  })
  return { handler: app.callback(), close: () => client.close() }
}

/** express-session, with a list of session ids for each user in Redis: the recipe that answers the question everywhere. */
async function onExpress({ port, max }) {
  const client = createClient({ socket: { port } })
  await client.connect()
  const prefix = `express:${max}:`
  const app = express()
  const store = new ConnectRedis({ client, prefix })
  app.use(expressSession({ store, secret: 'not a secret', resave: false, saveUninitialized: false }))
  const promised = (req, verb) =>
    new Promise((resolve, reject) => req.session[verb]((error) => (error ? reject(error) : resolve())))
  const listOf = (user) => `${prefix}user:${user}`
  const routes = {
    async '/login'(req) {
      await check()
      await promised(req, 'regenerate')
      req.session.user = req.query.user
      await pass(req.query.wait)
      await promised(req, 'save')
      const length = await client.rPush(listOf(req.query.user), req.sessionID)
      if (length > (max ?? Infinity)) await client.del(prefix + (await client.lPop(listOf(req.query.user))))
    },
    async '/slow'(req) {
      req.session.slow = Math.random()
      await pass(req.query.wait)
    },
    '/list': (req) => client.lLen(listOf(req.query.user)),
    async '/end-all'(req) {
      const ids = await client.lRange(listOf(req.query.user), 0, -1)
      for (const id of ids) await client.del(prefix + id)
      await client.del(listOf(req.query.user))
    },
    '/me': (req) => req.session.user ?? null,
  }
  app.use((req, res, next) => {
    Promise.resolve(routes[req.path](req)).then((result) => res.json(result ?? null), next)
  })
  return { handler: app, close: () => client.close() }
}

/** better-auth with secondary storage, which keeps a list of sessions for each user. It has no limit for each user. */
async function onBetterAuth({ port, url }) {
  const client = createClient({ socket: { port } })
  await client.connect()
  let wait
  /** The one request that the race holds up stops at the first place. */
  const stopOnce = async () => {
    const waits = wait
    wait = undefined
    await pass(waits)
  }
  const auth = betterAuth({
    baseURL: url,
    secret: 'not a secret, and of thirty-two characters',
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    emailAndPassword: {
      enabled: true,
      password: {
        hash: async (password) => password,
        verify: async ({ hash, password }) => {
          await check()
          const right = hash === password
          await stopOnce()
          return right
        },
      },
    },
    // Each request is a use that extends.
    session: { updateAge: 0 },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
    secondaryStorage: {
      get: (key) => client.get(`better:${key}`),
      async set(key, value, ttl) {
        await stopOnce()
        await (ttl === undefined
          ? client.set(`better:${key}`, value)
          : client.set(`better:${key}`, value, { EX: Math.ceil(ttl) }))
      },
      delete: async (key) => void (await client.del(`better:${key}`)),
    },
  })
  const emailOf = (user) => `${user}@example.com`
  const known = new Set()
  const send = (path, headers, body) =>
    auth.handler(
      new Request(`${url}/api/auth${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers, origin: url, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
  const routes = {
    async '/login'({ user, wait: asked }, headers) {
      if (!known.has(user)) throw new Error('Sign up first.')
      wait = asked
      return send('/sign-in/email', headers, { email: emailOf(user), password: PASSWORD })
    },
    async '/sign-up'({ user }, headers) {
      known.add(user)
      return send('/sign-up/email', headers, { email: emailOf(user), password: PASSWORD, name: user })
    },
    async '/slow'({ wait: asked }, headers) {
      wait = asked
      return send('/get-session', headers)
    },
    '/list': (_query, headers) => send('/list-sessions', headers),
    '/end-all': (_query, headers) => send('/revoke-sessions', headers, {}),
    '/me': (_query, headers) => send('/get-session', headers),
  }
  const shown = {
    '/list': (body) => body?.length ?? 0,
    '/me': (body) => body?.user?.name ?? null,
  }
  const handler = async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, url)
    const { cookie } = request.headers
    const answer = await routes[pathname](Object.fromEntries(searchParams), cookie ? { cookie } : {})
    const body = await answer.json().catch(() => null)
    for (const line of answer.headers.getSetCookie()) response.appendHeader('set-cookie', line)
    response.statusCode = answer.status
    response.end(JSON.stringify(shown[pathname] ? shown[pathname](body) : null))
  }
  return { handler: (request, response) => void handler(request, response), close: () => client.close() }
}

/** Name, what makes it, and whether it has a limit for each user. */
export const ACCOUNT_CONTENDERS = {
  'express-session 1, a Redis list': { make: onExpress, limits: true },
  'better-auth 1, secondary storage': { make: onBetterAuth, limits: false },
  'koa-session-pipeline, RedisStore': { make: ours, limits: true },
}
