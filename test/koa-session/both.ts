import type { ExecutionContext } from 'ava'
import Koa, { type Context } from 'koa'
import theirs from 'koa-session'
import request from 'superagent'
import ours, { type Session, type SessionOptions, type SessionStore } from '../../src/koa-session/index.ts'
import { listen } from '../helpers/serve.ts'

/** The session as both libraries have it: its data are the test's. */
export interface SessionedContext extends Context {
  session: Session
}

export type Handler = (ctx: SessionedContext) => unknown

/** What the client gets and the server keeps, in the words of no library. */
export interface Seen {
  readonly status: number
  readonly text: string
  readonly cookies: readonly string[]
  readonly records: Readonly<Record<string, unknown>>
  /** `set` and `destroy`, with what they were told. */
  readonly calls: readonly unknown[]
  /** Whether each `set` was told that the data have changed. */
  readonly changed: readonly boolean[]
  readonly events: readonly unknown[]
  readonly errors: readonly string[]
}

export interface Step {
  readonly path: string
  readonly method?: 'get' | 'post' | 'head'
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds that pass before. */
  readonly wait?: number
  /** In place of the cookies of the browser. */
  readonly cookie?: string
}

export interface Scenario {
  readonly options?: (store: SessionStore) => SessionOptions
  readonly handler: Handler
  readonly steps: readonly (string | Step)[]
  /** What goes before and after the sessions. */
  readonly around?: (app: Koa, use: () => void) => void
  readonly keys?: string[] | null
  /** Records that are there from the start. */
  readonly records?: Readonly<Record<string, unknown>>
}

export const LIBRARIES = { 'koa-session': theirs as unknown as typeof ours, ours } as const
export type Library = keyof typeof LIBRARIES

const START = Date.UTC(2030, 0, 1)

/** Plays the scenario on one of the libraries. Time stands still but for what the steps wait. */
export async function play(
  t: ExecutionContext,
  library: Library,
  { options, handler, steps, around, keys = ['a', 'b'], records: given = {} }: Scenario,
): Promise<Seen[]> {
  const app = new Koa()
  if (keys) app.keys = keys
  const records = new Map<string, unknown>(Object.entries(given))
  const calls: unknown[] = []
  const told: boolean[] = []
  const events: unknown[] = []
  const errors: string[] = []
  app.on('error', (error: Error) => errors.push(error.message))
  for (const name of ['missed', 'expired', 'invalid'])
    app.on(`session:${name}`, ({ key, value, ctx }) =>
      events.push([name, key, value, (ctx as Context | undefined)?.path]),
    )
  let drawn = 0
  const store: SessionStore = {
    get: (key) => records.get(key),
    set(key, session, maxAge, { changed, rolling, ctx }) {
      records.set(key, structuredClone(session))
      calls.push(['set', key, maxAge, rolling, ctx.path])
      told.push(changed)
    },
    destroy(key, { ctx }) {
      records.delete(key)
      calls.push(['destroy', key, ctx.path])
    },
  }
  const all = { genid: () => `id-${(drawn += 1)}`, ...options?.(store) }
  const use = (): void => void app.use(LIBRARIES[library](all, app) as Koa.Middleware)
  if (around) around(app, use)
  else use()
  app.use((ctx) => handler(ctx as unknown as SessionedContext))
  const url = await listen(t, app)

  const jar = new Map<string, string>()
  const seen: Seen[] = []
  const { now } = Date
  let time = START
  Date.now = () => time
  try {
    for (const step of steps) {
      const {
        path,
        method = 'get',
        headers = {},
        wait = 0,
        cookie,
      } = typeof step === 'string' ? { path: step } : step
      time += wait
      const shown = cookie ?? [...jar].map((pair) => pair.join('=')).join('; ')
      const asked = request[method](url + path)
        .set(headers)
        .ok(() => true)
      const { status, text, headers: answered } = await (shown === '' ? asked : asked.set('Cookie', shown))
      // Events come after the request has gone on.
      await new Promise((resolve) => setImmediate(resolve))
      const cookies = [(answered['set-cookie'] as string[] | undefined) ?? []].flat()
      for (const line of cookies) keep(jar, line)
      const entry = { status, text: text ?? '', cookies, records: Object.fromEntries(records) }
      seen.push({ ...structuredClone(entry), ...structuredClone({ calls, changed: told, events, errors }) })
    }
  } finally {
    Date.now = now
  }
  return seen
}

function keep(jar: Map<string, string>, line: string): void {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
  if (line.includes('01 Jan 1970')) jar.delete(name!)
  else jar.set(name!, value!)
}

/** Fails unless both say the same; what a store is told of changes aside. */
export async function same(t: ExecutionContext, scenario: Scenario): Promise<Seen[]> {
  const expected = await play(t, 'koa-session', scenario)
  const seen = await play(t, 'ours', scenario)
  const judged = (all: Seen[]): object[] => all.map((one) => ({ ...one, changed: 'not compared' }))
  t.deepEqual(judged(seen), judged(expected))
  return seen
}

/** The two, where they are meant to differ. */
export async function both(t: ExecutionContext, scenario: Scenario): Promise<Record<Library, Seen[]>> {
  const theirs = await play(t, 'koa-session', scenario)
  return { 'koa-session': theirs, ours: await play(t, 'ours', scenario) }
}

/** What stands in a cookie of koa-session. */
export function contentOf(line: string): unknown {
  return JSON.parse(Buffer.from(/=([^;]*)/.exec(line)![1]!, 'base64').toString())
}

export const cookieOf = (value: unknown): string =>
  `koa.sess=${Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64')}`

/** Counts the visits of a session, and shows what it holds. */
export const count: Handler = (ctx) => {
  ctx.session['n'] = ((ctx.session['n'] as number | undefined) ?? 0) + 1
  ctx.body = ctx.session
}

/** The value, but not at once. */
export async function later<T>(value: T): Promise<T> {
  await new Promise((resolve) => setImmediate(resolve))
  return value
}
