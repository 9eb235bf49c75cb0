import type { Context } from 'koa'
import { parseDuration } from 'koa-session-pipeline/stages'
import { DECISIONS, handlerWrites, type Said } from './decisions.ts'
import type { Evidence } from './evidence.ts'
import { LIFETIMES, type Shop } from './shop.ts'
import { shorten } from './shorten.ts'
import type { StoredView } from './records.ts'
import type { Happened } from './watch.ts'

export interface Lane {
  readonly name: string
  readonly off: boolean
  /** Milliseconds; absent where the stage was not run that way. */
  readonly in: number | undefined
  readonly out: number | undefined
  readonly said: Said
  readonly error: string | undefined
}

export interface SessionView {
  readonly id: string
  readonly user: string | undefined
  readonly data: Readonly<Record<string, unknown>>
  readonly flashBefore: Readonly<Record<string, unknown>>
  readonly flash: Readonly<Record<string, unknown>>
  readonly deadlines: Readonly<Record<string, number>>
  readonly annotations: Readonly<Record<string, unknown>>
  readonly createdAt: number
  readonly expiresAt: number
  /** From then on, a use of the session extends it. */
  readonly thresholdAt: number
  /** No use of the session moves this. */
  readonly endsAt: number
}

/** All that the page shows of one request. No token is in it. */
export interface Report {
  readonly client: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly now: number
  /** Whether it is one of many that were sent at once, as `?n=3`. */
  readonly numbered: boolean
  readonly lane: readonly Lane[]
  readonly handler: { readonly ms: number; readonly said: string | undefined }
  readonly session: SessionView | undefined
  readonly wire: { readonly request: readonly Header[]; readonly response: readonly Header[] }
  readonly store: { readonly before: readonly StoredView[]; readonly after: readonly StoredView[] }
  readonly events: readonly Happened[]
}

type Header = readonly [name: string, value: string]

export function report(ctx: Context, evidence: Evidence, shop: Shop, now: number): Report {
  const { watch, stored } = evidence
  const hide = hiding(evidence)
  return {
    client: ctx.get('x-client'),
    method: ctx.method,
    path: ctx.path,
    status: ctx.res.statusCode,
    now,
    numbered: ctx.query['n'] !== undefined,
    lane: [...shop.sessions.stages].map(({ name, off }) => laneOf(evidence, name, off, now)),
    handler: { ms: watch.handlerMs, said: handlerWrites(evidence) },
    session: sessionView(evidence),
    wire: {
      request: headers(ctx.req.headers, REQUEST, hide),
      response: headers(ctx.res.getHeaders(), RESPONSE, hide),
    },
    store: stored,
    events: watch.events.map(shortened),
  }
}

function laneOf(evidence: Evidence, name: string, off: boolean, now: number): Lane {
  const half = (phase: string): Evidence['watch']['halves'][number] | undefined =>
    evidence.watch.halves.find((trace) => trace.name === name && trace.phase === phase)
  const error = half('in')?.error ?? half('out')?.error
  return {
    name,
    off,
    in: half('in')?.duration,
    out: half('out')?.duration,
    said: off ? {} : (DECISIONS[name]?.(evidence, now) ?? {}),
    error: error === undefined ? undefined : (error as Error).message,
  }
}

function sessionView({ before, after, id, expiresAt }: Evidence): SessionView | undefined {
  if (!after || id === undefined || expiresAt === undefined) return undefined
  const { user } = after.data as { user?: string }
  return {
    id: shorten(id),
    user,
    data: after.data,
    flashBefore: before?.flash ?? {},
    flash: after.flash,
    deadlines: after.deadlines,
    annotations: after.annotations,
    createdAt: after.meta.createdAt,
    expiresAt,
    thresholdAt: expiresAt - parseDuration(LIFETIMES.expiryThreshold)!,
    endsAt: after.meta.createdAt + parseDuration(LIFETIMES.absoluteTimeout)!,
  }
}

const REQUEST = ['cookie', 'x-session-token', 'user-agent', 'x-forwarded-for']
const RESPONSE = [
  'set-cookie',
  'x-session-token',
  'link',
  'cache-control',
  'vary',
  'location',
  'server-timing',
]

function headers(all: object, wanted: readonly string[], hide: (text: string) => string): Header[] {
  return wanted.flatMap((name) => {
    const value = Reflect.get(all, name) as string | string[] | undefined
    return [value ?? []].flat().map((one) => [name, hide(one)] as const)
  })
}

function shortened({ id, ...rest }: Happened): Happened {
  return { ...rest, id: id && shorten(id) }
}

/** Shortens every token that the client or the server said. */
function hiding({ shown, told }: Evidence): (text: string) => string {
  const tokens = [
    ...shown,
    ...told.flatMap(({ verb, args }) => (verb === 'finalize' ? [String(args[1])] : [])),
  ]
  return (text) => tokens.reduce((hidden, token) => hidden.replaceAll(token, shorten(token)), text)
}
