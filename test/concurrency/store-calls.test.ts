import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import test from 'ava'
import Koa, { type Context } from 'koa'
import { MemoryStore, session, type SessionEvent } from '../../src/index.ts'
import { isTombstone, parseRecord } from '../../src/record.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { tokenToId } from '../../src/token.ts'
import { HeedlessStore, RevivingStore } from './interleaving/broken-stores.ts'
import { choices } from './interleaving/steps.ts'
import { everyChoice, Turnstile } from './interleaving/turnstile.ts'
import { dataIn } from './interleaving/watched-store.ts'

type Data = Record<string, unknown>
const ACTS = ['look', 'change', 'touch', 'changeId', 'login', 'destroy', 'update'] as const
type Act = (typeof ACTS)[number]

const ACTING: Readonly<Record<Act, (ctx: Context, who: string) => unknown>> = {
  look: (ctx) => ctx.session.first as unknown,
  change: (ctx, who) => Object.assign(ctx.session, { [who]: true }),
  touch: (ctx) => ctx.session.touch(),
  changeId: (ctx) => ctx.session.changeId(),
  login: async (ctx, who) => {
    await ctx.session.regenerate({ keep: true })
    Object.assign(ctx.session, { [who]: true })
  },
  destroy: (ctx) => ctx.session.destroy(),
  update: (ctx) => ctx.session.update((data: Data) => (data['n'] = Number(data['n'] ?? 0) + 1)),
}

interface Done {
  readonly act: Act
  readonly who: string
  /** The answer was neither an error nor did an event say that something was dropped. */
  readonly acknowledged: boolean
  /** It met the session alive. */
  readonly loaded: boolean
  readonly token: string | undefined
}

/** Plays two overlapping requests of one session in every order of their store calls. */
async function play(
  Kind: typeof MemoryStore,
  acts: readonly Act[],
): Promise<{ count: number; faults: Set<string> }> {
  const clock = fakeClock()
  const memory = new Kind({ clock })
  const store = new Turnstile(memory)
  const app = new Koa()
  const dropped = new Set<unknown>()
  app.silent = true
  app.on('session:conflict', ({ ctx }: SessionEvent) => dropped.add(ctx))
  app.use(session(app, { clock, store, expiryThreshold: 0 }))
  const handlers = new Map<unknown, (ctx: Context) => unknown>()
  app.use(async (ctx) => {
    ctx.body = ''
    await handlers.get(ctx.req)!(ctx)
  })
  const serve = app.callback()
  const socket = new Socket()
  const visit = async (cookie: string | undefined, act: Act, who: string): Promise<Done> => {
    const request = new IncomingMessage(socket)
    Object.assign(request, { method: 'GET', url: '/' })
    if (cookie !== undefined) request.headers.cookie = `sid=${cookie}`
    const response = new ServerResponse(request)
    let loaded = false
    let context: Context | undefined
    handlers.set(request, async (ctx) => {
      context = ctx
      loaded = ctx.session.first === true
      if (cookie === undefined) Object.assign(ctx.session, { first: true })
      else await ACTING[act](ctx, who)
    })
    await serve(request, response)
    const line = [response.getHeader('Set-Cookie') ?? []].flat().map(String)[0]
    const acknowledged = response.statusCode === 200 && !dropped.has(context)
    return { act, who, acknowledged, loaded, token: line?.slice('sid='.length).split(';')[0] }
  }

  const faults = new Set<string>()
  const count = await everyChoice(async (choose) => {
    const { token: first } = await visit(undefined, 'look', 'first')
    clock.advance('1m')
    const done: Done[] = []
    const dead = new Set<string>()
    const ids = (): string[] =>
      [first, ...done.map(({ token }) => token)].flatMap((token) => (token ? [tokenToId(token)] : []))
    const alive = (id: string): Data | undefined => {
      const stored = memory.get(id)
      const record = stored && parseRecord(id, stored)
      if (!record || isTombstone(record)) return undefined
      return dataIn(record.lines)
    }
    await store.run(
      acts.map((act, index) => async () => void done.push(await visit(first, act, 'AB'[index]!))),
      choose,
      () => {
        for (const id of ids()) {
          if (!alive(id)) dead.add(id)
          else if (dead.has(id)) faults.add('a dead session is alive again')
        }
      },
    )
    for (const fault of check(
      done,
      [...new Set(ids())].flatMap((id): Data[] => [alive(id) ?? []].flat()),
    ))
      faults.add(fault)
    for (const { token } of done)
      if (token && !alive(tokenToId(token))) faults.add('a cookie was sent of a session that is not alive')
  })
  return { count, faults }
}

/** What must hold at the end; `living` are the sessions that some client has the token of. */
function* check(done: readonly Done[], living: readonly Data[]): Generator<string> {
  const old = living.filter((data) => data['first'] === true)
  if (old.length > 1) yield 'there are two successors'
  const ended = done.some(({ act, acknowledged }) => act === 'destroy' && acknowledged)
  if (ended && old.length > 0) yield 'a session goes on after it was destroyed'
  if (done.every(({ act }) => act !== 'destroy') && old.length === 0) yield 'the session is lost'
  for (const { act, who, acknowledged, loaded } of done) {
    if (!acknowledged || !loaded || ended) continue
    // A login goes on alone when another request has moved the session before it.
    const holders = act === 'login' ? living : old
    if ((act === 'change' || act === 'login') && !holders.some((data) => data[who] === true))
      yield `what ${act} acknowledged is lost`
  }
  const updates = done.filter(({ act, acknowledged, loaded }) => act === 'update' && acknowledged && loaded)
  if (!ended && Number(old[0]?.['n'] ?? 0) !== updates.length) yield 'an acknowledged update is lost'
}

// Two updates queue inside the process, so nothing of them overlaps.
const pairs = [...choices(ACTS, 2)].filter((acts) => acts.join() !== 'update,update')

test.serial('no order of the store calls of two requests loses, doubles or revives anything', async (t) => {
  let total = 0
  for (const acts of pairs) {
    const { count, faults } = await play(MemoryStore, acts)
    t.deepEqual([...faults], [], acts.join())
    total += count
  }
  t.log(`${total} histories`)
})

for (const [what, Broken] of Object.entries({
  'writes over newer versions': HeedlessStore,
  'revives by a touch what has ended': RevivingStore,
})) {
  test.serial(`that finds out a store that ${what}`, async (t) => {
    const found = new Set<string>()
    for (const acts of pairs) for (const fault of (await play(Broken, acts)).faults) found.add(fault)
    t.true(found.has('a dead session is alive again'))
    t.log([...found].join('; '))
  })
}
