import { bodyParser } from '@koa/bodyparser'
import Koa, { type Context } from 'koa'
import Router from 'koa-router'
import { PAGE_HEADERS, PUBLIC } from './files.ts'
import { Sandbox } from './sandbox.ts'
import { SCENARIOS } from './scenarios/index.ts'
import { CATALOG, setupOf } from './setup.ts'
import { STATES, type StateName } from './states.ts'
import { type StoreName, STORES } from './stores.ts'
import { EventStream } from './stream.ts'

const MOST_SANDBOXES = 100
const LONGEST_MOVE = 40 * 86_400_000

interface Visitor {
  readonly sandbox: Sandbox
  readonly stream: EventStream
  /** What is asked runs one after another. */
  busy: Promise<unknown>
}

/** The page, its events, and what its buttons ask for. A sandbox lives as long as the stream of its page. */
export class Website {
  readonly app: Koa = new Koa()
  readonly #visitors = new Map<string, Visitor>()

  constructor() {
    this.app.use((ctx, next) => {
      ctx.set(PAGE_HEADERS)
      return next()
    })
    this.app.use((ctx, next) => (servePublic(ctx) ? undefined : next()))
    this.app.use(bodyParser({ enableTypes: ['json'], jsonLimit: '2kb' }))
    this.app.use(this.#routes().routes())
  }

  async close(): Promise<void> {
    for (const { stream } of this.#visitors.values()) stream.end()
    await Promise.all([...this.#visitors.keys()].map((key) => this.#leave(key)))
  }

  #routes(): Router {
    const router = new Router()
    router.get('/events', (ctx) => this.#arrive(ctx))
    router.post('/sandboxes/:key/play', (ctx) =>
      this.#run(ctx, async ({ sandbox }) => {
        const { scenario, action } = fields(ctx)
        const found = SCENARIOS.find(({ name }) => name === scenario)
        const chosen = found?.actions(sandbox).find(({ label }) => label === action)
        if (!found || !chosen) return ctx.throw(400, 'There is no such action.')
        await sandbox.prepare(found)
        const outcome = await chosen.play(sandbox)
        await sandbox.settled()
        return outcome
      }),
    )
    router.post('/sandboxes/:key/clock', (ctx) =>
      this.#run(ctx, async ({ sandbox }) => {
        const ms = Number(fields(ctx)['ms'])
        if (!(ms > 0 && ms <= LONGEST_MOVE)) ctx.throw(400, 'The clock moves ahead, by 40 days at most.')
        sandbox.clock.advance(ms)
        return {}
      }),
    )
    router.post('/sandboxes/:key/setup', (ctx) =>
      this.#run(ctx, async ({ sandbox }) => {
        const { store, state } = fields(ctx)
        if (!Object.hasOwn(STORES, String(store))) ctx.throw(400, 'There is no such store here.')
        if (!Object.hasOwn(STATES, String(state))) ctx.throw(400, 'There is no such state.')
        await sandbox.choose(store as StoreName, state as StateName)
        return {}
      }),
    )
    return router
  }

  async #arrive(ctx: Context): Promise<void> {
    if (this.#visitors.size >= MOST_SANDBOXES) ctx.throw(503, 'Too many visitors. Come back in a while.')
    ctx.respond = false // the stream goes on after this function
    const stream = new EventStream(ctx.res)
    const sandbox = await Sandbox.open((report) => stream.send('request', report))
    const visitor: Visitor = { sandbox, stream, busy: Promise.resolve() }
    this.#visitors.set(sandbox.key, visitor)
    ctx.res.once('close', () => void this.#leave(sandbox.key))
    if (ctx.res.closed) await this.#leave(sandbox.key)
    stream.send('sandbox', { key: sandbox.key, ...CATALOG, setup: setupOf(sandbox) })
  }

  async #leave(key: string): Promise<void> {
    const visitor = this.#visitors.get(key)
    if (!visitor) return
    this.#visitors.delete(key)
    visitor.stream.end()
    await visitor.busy
    await visitor.sandbox.close()
  }

  async #run(ctx: Context, work: (visitor: Visitor) => Promise<object>): Promise<void> {
    const visitor = this.#visitors.get(String(ctx['params'].key)) ?? ctx.throw(404, 'This sandbox is closed.')
    const done = visitor.busy.then(() => work(visitor))
    visitor.busy = done.catch(() => {})
    const answer = await done
    visitor.stream.send('setup', setupOf(visitor.sandbox))
    ctx.body = answer
  }
}

function servePublic(ctx: Context): boolean {
  const file = PUBLIC.get(ctx.path)
  if (!file || !['GET', 'HEAD'].includes(ctx.method)) return false
  ctx.type = file.type
  ctx.body = file.text
  return true
}

function fields(ctx: Context): Readonly<Record<string, unknown>> {
  const body: unknown = Reflect.get(ctx.request, 'body')
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
}
