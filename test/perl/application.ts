import { PassThrough } from 'node:stream'
import type { ExecutionContext } from 'ava'
import Koa, { type Context } from 'koa'
import { type Session, session, type SessionEvent, stage } from '../../src/index.ts'
import { statusMessages } from '../../src/status-messages.ts'
import { listen } from '../helpers/serve.ts'
import type { Operation } from './scenario.ts'
import type { Setup } from './settings.ts'
import type { Named } from './symbols.ts'
import { codeOf, named, perform, type Visit, type Vocabulary, type World } from './visit.ts'

/** What the application is told of one step, and tells. */
export interface Job {
  readonly ops: readonly Operation[]
  readonly results: unknown[]
  /** Codes of the errors that the application's `error` event heard of during the step. */
  readonly errors: string[]
  /** Resolves when the client has the headers. */
  readonly headersArrived: Promise<void>
  /** Resolves when the response is over and everything that follows it has been done. */
  done?: Promise<void>
  /** The session, if it is stored. */
  session?: () => Named | undefined
}

const EVENTS = ['created', 'destroyed', 'expired', 'missed', 'invalid', 'conflict', 'corrupt']

/** A Koa server whose only handler carries out the operations of the step that a request belongs to. */
export class Application {
  readonly #app = new Koa({ proxy: true, maxIpsCount: 1 })
  readonly #jobs = new Map<string, Job>()
  readonly #sessions = new WeakMap<Context, Session>()
  readonly #vocabulary: Vocabulary
  readonly #world: World
  /** Everything the application said aloud, to be searched for what must not be said. */
  readonly said: string[] = []
  url = ''

  /** Throws what `session(app, options)` throws. */
  constructor(setup: Setup, vocabulary: Vocabulary, world: World) {
    this.#vocabulary = vocabulary
    this.#world = world
    this.#app.on('error', (error: unknown, ctx: Context) => {
      this.said.push(String((error as Error).stack))
      if (codeOf(error).startsWith('ERR_')) this.#jobs.get(ctx.get('x-step'))?.errors.push(codeOf(error))
    })
    for (const name of EVENTS) {
      this.#app.on(`session:${name}`, ({ id, reason, keys }: SessionEvent) => {
        this.said.push(JSON.stringify({ name, id, reason, keys }))
      })
    }
    const sessions = this.#sessions
    const watch = stage('watch', function* (ctx, session) {
      sessions.set(ctx, session)
    })
    this.#app.use(async (ctx, next) => {
      const job = this.#jobs.get(ctx.get('x-step'))!
      job.done = closed(ctx)
      await next()
    })
    this.#app.use(
      session(this.#app, {
        ...setup.options,
        stages: (defaults) => {
          const watched = defaults.after('persist', watch)
          return setup.status ? watched.after('flash', statusMessages(setup.status.options)) : watched
        },
      }),
    )
    this.#app.use((ctx) => this.#answer(ctx))
  }

  async start(t: ExecutionContext): Promise<void> {
    this.url = await listen(t, this.#app)
  }

  expect(id: string, job: Job): void {
    this.#jobs.set(id, job)
  }

  async #answer(ctx: Context): Promise<void> {
    const { ops, results, headersArrived } = this.#jobs.get(ctx.get('x-step'))!
    const session = this.#sessions.get(ctx)!
    this.#jobs.get(ctx.get('x-step'))!.session = () => (session.stored ? named(session) : undefined)
    const visit: Visit = { world: this.#world, ctx, session, held: undefined, wishes: new Map() }
    // Plack's `write` is a streamed body: the application returns, and the rest happens while it flows.
    const write = this.#vocabulary['write'] ? -1 : ops.findIndex(([name]) => name === 'write')
    if (write < 0) {
      await perform(visit, this.#vocabulary, ops, results)
      await grant(visit)
      if (ctx.status === 404) ctx.body = 'done'
      return
    }
    const stream = new PassThrough()
    ctx.body = stream
    await perform(visit, this.#vocabulary, ops.slice(0, write), results)
    await grant(visit)
    results.push(null)
    stream.write('chunk')
    void headersArrived
      .then(() => perform(visit, this.#vocabulary, ops.slice(write + 1), results))
      .catch(() => undefined)
      .then(() => stream.end())
  }
}

async function grant({ wishes }: Visit): Promise<void> {
  for (const wish of wishes.values()) await wish()
}

/**
 * The end of the response, and one more turn of the loop: what is stored after it is stored in memory, which
 * takes no longer.
 */
function closed({ res }: Context): Promise<void> {
  return new Promise((resolve) => {
    res.once('close', () => setImmediate(resolve))
  })
}
