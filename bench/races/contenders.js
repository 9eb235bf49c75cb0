// The same small application on each of the contenders. All are set up as their own documentation does it, with
// a memory store that answers asynchronously, as every store in production does.
import { setImmediate } from 'node:timers/promises'
import express from 'express'
import expressSession from 'express-session'
import Koa from 'koa'
import koaSession from 'koa-session'
import { MemoryStore, session } from '../../dist/index.js'
import { routes } from './routes.js'

const TWO_HOURS = 7_200_000

/** koa-session brings no store of its own. */
class AsyncMap {
  #texts = new Map()
  async get(key) {
    await setImmediate()
    const text = this.#texts.get(key)
    return text && JSON.parse(text)
  }
  async set(key, value) {
    await setImmediate()
    this.#texts.set(key, JSON.stringify(value))
  }
  async destroy(key) {
    await setImmediate()
    this.#texts.delete(key)
  }
}

/** Koa, with the session middleware that `use` makes of it. */
function koa(use, verbs) {
  const app = new Koa()
  app.keys = ['not a secret']
  app.silent = true
  app.use(use(app))
  app.use(async (ctx) => {
    const result = await routes[ctx.path](() => ctx.session, verbs(ctx), ctx.query)
    ctx.type = 'json'
    ctx.body = JSON.stringify(result ?? null)
  })
  return app.callback()
}

const koaVerbs = (ctx) => ({
  login: () => ctx.session.regenerate(),
  logout: () => {
    ctx.session = null
  },
})

function onExpress() {
  const app = express()
  app.use(
    expressSession({
      secret: 'not a secret',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: TWO_HOURS },
    }),
  )
  const promised = (req, verb) =>
    new Promise((resolve, reject) => req.session[verb]((error) => (error ? reject(error) : resolve())))
  const answer = async (req, res) => {
    const verbs = { login: () => promised(req, 'regenerate'), logout: () => promised(req, 'destroy') }
    const result = await routes[req.path](() => req.session ?? {}, verbs, req.query)
    res.json(result ?? null)
  }
  app.use((req, res) => void answer(req, res))
  return app
}

/** Name and request handler. */
export const CONTENDERS = {
  'koa-session 7, cookie': () => koa((app) => koaSession({ maxAge: TWO_HOURS }, app), koaVerbs),
  'koa-session 7, memory store': () =>
    koa((app) => koaSession({ maxAge: TWO_HOURS, store: new AsyncMap() }, app), koaVerbs),
  'express-session 1, MemoryStore': onExpress,
  'koa-session-pipeline, MemoryStore': () =>
    koa(
      (app) =>
        session(app, { store: new MemoryStore(), idleTimeout: TWO_HOURS, cookie: { persistent: true } }),
      koaVerbs,
    ),
}
