import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import Koa, { type Context } from 'koa'
import { ConflictError, session, type SessionEvent, type Store } from '../../../src/index.ts'
import { fakeClock } from '../../../src/testing/fake-clock.ts'
import { gate } from '../../helpers/gate.ts'
import { tokenToId } from '../../../src/token.ts'
import { Model } from './model.ts'
import type { Values } from './values.ts'
import { type Act, type History, type Step, timeAfter } from './steps.ts'
import { WatchedStore } from './watched-store.ts'

interface Running {
  readonly next: (step: Act | 'end') => Promise<string>
  readonly response: ServerResponse
}

/** What the handler does at each step. */
const ACTING: Readonly<Record<Act, (ctx: Context, who: string) => unknown>> = {
  look: (ctx) => ctx.session.both as unknown,
  change: (ctx, who) => Object.assign(ctx.session, { [who]: 1, both: who }),
  remove: (ctx) => delete ctx.session.both,
  touch: (ctx) => ctx.session.touch(),
  changeId: (ctx) => ctx.session.changeId(),
  login: async (ctx, who) => {
    await ctx.session.regenerate({ keep: ['both'] })
    Object.assign(ctx.session, { user: who })
  },
  destroy: (ctx) => ctx.session.destroy('over'),
  update: (ctx) =>
    ctx.session.update((data: Record<string, unknown>) => (data['n'] = Number(data['n'] ?? 0) + 1)),
}

const FIRST: Values = { both: 'first' }
const text = (values: unknown): string =>
  JSON.stringify(values, (_key, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  )

/** A real middleware stack whose requests take their steps when they are told to. */
export class Lab {
  readonly #clock = fakeClock()
  readonly #store: WatchedStore
  readonly #merging: boolean
  readonly #serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly #socket = new Socket()
  readonly #handlers = new Map<unknown, (ctx: Context) => Promise<void>>()
  readonly #names = new Map<unknown, string>()
  #conflicts: string[] = []
  #errors: unknown[] = []

  constructor(open: (clock: () => number) => Store, concurrency: 'merge' | 'last-write' = 'merge') {
    this.#merging = concurrency === 'merge'
    this.#store = new WatchedStore(open(this.#clock))
    const app = new Koa()
    app.on('error', (error) => {
      if (!(error instanceof ConflictError)) this.#errors.push(error)
    })
    app.on('session:conflict', ({ ctx, keys = [] }: SessionEvent) => {
      this.#conflicts.push(`${this.#names.get(ctx.req)}: ${keys.toSorted().join(', ')}`)
    })
    app.use(session(app, { clock: this.#clock, store: this.#store, concurrency, expiryThreshold: 0 }))
    app.use((ctx) => this.#handlers.get(ctx.req)!(ctx))
    this.#serve = app.callback()
  }

  /** Where the real thing and the model part; nothing when they agree all along. */
  async run(history: History): Promise<string[]> {
    const began = this.#clock.advance('1d')
    this.#forget()
    const cookie = await this.#begin()
    const model = new Model(this.#merging, FIRST)
    const running = new Map<string, Running>()
    const faults: string[] = []
    const dead = new Set<string>()
    let now = 0
    for (const [who, step] of history) {
      now = timeAfter(now, step)
      this.#clock.set(began + now)
      const expected = model.step(who, step)
      let answer = 'done'
      if (step === 'load') running.set(who, await this.#load(who, cookie))
      else if (step !== 'expire') answer = await running.get(who)!.next(step)
      const wanted = typeof expected === 'string' ? expected : text(expected)
      if (answer !== wanted) faults.push(`${who} ${step}: ${answer}, expected ${wanted}`)
      faults.push(...(await this.#compare(step, model, dead)))
      if (faults.length > 0) break
    }
    for (const { next } of running.values())
      if (faults.length > 0) await next('end')
      else if (text(this.#conflicts.toSorted()) !== text(model.conflicts.toSorted()))
        faults.push(`conflicts: ${text(this.#conflicts)}, expected ${text(model.conflicts)}`)
    faults.push(...this.#errors.map(String))
    return faults
  }

  async #compare(step: Step, model: Model, dead: Set<string>): Promise<string[]> {
    const alive: string[] = []
    const faults: string[] = []
    for (const id of this.#store.ids) {
      const data = await this.#store.alive(id, this.#clock())
      if (!data) dead.add(id)
      else {
        alive.push(text(data))
        if (dead.has(id)) faults.push(`${step}: a dead session is alive again`)
      }
    }
    const wanted = model.alive.map(text).toSorted()
    if (text(alive.toSorted()) !== text(wanted))
      faults.push(`${step}: alive are ${alive.join()}, expected ${wanted.join()}`)
    if (this.#store.repeated > 0) faults.push(`${step}: a version was given twice`)
    return faults
  }

  async #begin(): Promise<string> {
    const { next, response } = await this.#load('first')
    await next('end')
    return String(response.getHeader('Set-Cookie')).split(';')[0]!
  }

  #forget(): void {
    this.#store.forget()
    this.#handlers.clear()
    this.#names.clear()
    this.#conflicts = []
    this.#errors = []
  }

  /** Starts a request; it has loaded its session when this resolves. */
  async #load(who: string, cookie?: string): Promise<Running> {
    const request = new IncomingMessage(this.#socket)
    Object.assign(request, { method: 'GET', url: '/' })
    if (cookie !== undefined) request.headers.cookie = cookie
    const response = new ServerResponse(request)
    this.#names.set(request, who)
    const entered = gate()
    let go: (step: Act | 'end') => void
    let report: (outcome: string) => void
    this.#handlers.set(request, async (ctx) => {
      const told = (): Promise<Act | 'end'> => new Promise((resolve) => (go = resolve))
      let step = told()
      entered.open()
      ctx.body = ''
      if (cookie === undefined) Object.assign(ctx.session, FIRST)
      for (let act = await step; act !== 'end'; act = await step) {
        step = told()
        report(await outcomeOf(() => ACTING[act](ctx, who)))
      }
    })
    const answered = this.#serve(request, response)
    await Promise.race([entered.opened, answered])
    const next = (step: Act | 'end'): Promise<string> =>
      step === 'end'
        ? (go(step), answered.then(() => this.#cookieOf(response)))
        : new Promise((resolve) => {
            report = resolve
            go(step)
          })
    return { next, response }
  }

  /** What the client is told: `none`, `forget`, or the data of the session it gets a cookie of. */
  async #cookieOf(response: ServerResponse): Promise<string> {
    if (response.statusCode === 503) return 'refused'
    const line = [response.getHeader('Set-Cookie') ?? []].flat().map(String)[0]
    if (line === undefined) return 'none'
    const token = line.slice('sid='.length).split(';')[0]!
    if (token === '') return 'forget'
    const data = await this.#store.alive(tokenToId(token), this.#clock())
    return data ? text(data) : 'the cookie of a session that is not alive'
  }
}

async function outcomeOf(act: () => unknown): Promise<string> {
  try {
    await act()
    return 'done'
  } catch (error) {
    return error instanceof ConflictError ? 'refused' : String(error)
  }
}
