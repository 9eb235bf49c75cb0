// Counts what requests cost, and prints it. In a process of its own since it changes what all generators inherit, and
// since it is production that counts: elsewhere the session is looked at once more after the answer.
import type { Context, Middleware } from 'koa'
import { session } from '../../src/index.ts'
import { gate } from '../helpers/gate.ts'
import type { Loose } from '../helpers/paths.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { controls } from './controls.ts'
import { cookieOf, visiting } from './in-process.ts'
import { type Counts, Tally } from './tally.ts'

const store = new WatchedStore()
const tally = new Tally(store.calls)
const sessionOf = (ctx: Context): Loose => (ctx as Loose).session

const filling = { user: 'alice', roles: ['reader', 'writer'], views: 0, rows: [1, 2, 3] }
/** Each assignment is another value, and so a change. */
let assigned = 0
/** Of the last two assignments, of different keys. */
let lost = 0
/** What requests of a conflict wait for. */
let meeting = (): Promise<void> => Promise.resolve()
const put = async (ctx: Context, key: string): Promise<void> => {
  const found = sessionOf(ctx)
  await meeting()
  found[key] = assigned += 1
}

const ROUTES: Readonly<Record<string, (ctx: Context) => unknown>> = {
  '/fill': (ctx) => Object.assign(sessionOf(ctx), filling),
  '/untouched': () => undefined,
  '/read': (ctx) => sessionOf(ctx).user,
  '/object': (ctx) => sessionOf(ctx).roles[1],
  '/assign': (ctx) => (sessionOf(ctx).user = `bob ${(assigned += 1)}`),
  '/count': (ctx) => (sessionOf(ctx).views += 1),
  '/a': (ctx) => put(ctx, 'a'),
  '/b': (ctx) => put(ctx, 'b'),
  '/kept': (ctx) => {
    const { a, b } = sessionOf(ctx)
    lost += [assigned, assigned - 1].filter((value) => value !== a && value !== b).length
  },
}

const sessions = visiting(
  (app) => session(app, { store, serializer: tally.serializer }) as Middleware,
  (ctx) => ROUTES[ctx.path]!(ctx),
)
const { bare, empty, passing, known } = controls(tally)

/** The third of three, since what is made once is none of a request's costs. */
async function third(visit: () => Promise<unknown>): Promise<Counts> {
  await visit()
  await visit()
  tally.start()
  await visit()
  return tally.stop()
}

const filled = async (): Promise<string> => cookieOf(await sessions('/fill'))

async function requests(path: string): Promise<Counts> {
  const cookie = await filled()
  return third(() => sessions(path, cookie))
}

/** Two requests that each write another key, one after the other. */
async function apart(): Promise<Counts> {
  const cookie = await filled()
  return third(async () => {
    await sessions('/a', cookie)
    await sessions('/b', cookie)
  })
}

/** The same two, both of which have read before one has written. */
async function conflict(): Promise<Counts> {
  const cookie = await filled()
  const result = await third(() => {
    const { opened, open } = gate()
    let there = 0
    meeting = () => {
      there += 1
      if (there === 2) open()
      return opened
    }
    return Promise.all([sessions('/a', cookie), sessions('/b', cookie)])
  })
  await sessions('/kept', cookie)
  return result
}

const counted = {
  bare: await third(() => bare('/')),
  empty: await third(() => empty('/')),
  passing: await third(() => passing('/')),
  known: await third(() => known('/')),
  none: await third(() => sessions('/untouched')),
  untouched: await requests('/untouched'),
  read: await requests('/read'),
  object: await requests('/object'),
  assign: await requests('/assign'),
  count: await requests('/count'),
  fill: await third(() => sessions('/fill')),
  apart: await apart(),
  conflict: await conflict(),
}

/** Under the name of a workload, what its request cost. */
export interface Counted {
  readonly counted: typeof counted
  readonly lost: number
}

console.log(JSON.stringify({ counted, lost } satisfies Counted))
