import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import test, { type ExecutionContext } from 'ava'
import type { Context } from 'koa'
import { type Hook, type Session, type Stage, stage, stop } from '../../src/index.ts'
import { run } from '../../src/pipeline/run.ts'
import { STAGE_CHANNEL, type StageTrace } from '../../src/stages.ts'
import { serve } from '../helpers/serve.ts'
import { ROWS } from './contract/index.ts'
import type { Row } from './contract/row.ts'

/** What the channel says while `act` runs. The channel belongs to the process, so these tests run one by one. */
async function traces(act: () => Promise<unknown>): Promise<StageTrace[]> {
  const seen: StageTrace[] = []
  const listener = (trace: unknown) => void seen.push(trace as StageTrace)
  subscribe(STAGE_CHANNEL, listener)
  try {
    await act()
  } finally {
    unsubscribe(STAGE_CHANNEL, listener)
  }
  return seen
}

const session = {} as Session
const ctx = { state: { notes: [] } } as unknown as Context
const silently = (stages: readonly Stage[], next: () => Promise<unknown> = async () => undefined) =>
  run(stages, ctx, session, next).catch(() => undefined)
const told = ({ name, phase, error }: StageTrace): string =>
  `${name} ${phase}${error instanceof Error ? `: ${error.message}` : ''}`

test.serial('without listeners nothing is published, and no time is taken', async (t) => {
  const stages = channel(STAGE_CHANNEL)
  let calls = 0
  const spy = () => (calls += 1)
  Object.assign(stages, { publish: spy })
  performance.now = spy
  try {
    const waiting = stage('waiting', async function* () {
      yield
    })
    const plain = stage('plain', function* () {
      yield
    })
    await silently([waiting, plain])
    await silently([waiting, plain], () => Promise.reject(new Error('handler failed')))
  } finally {
    Reflect.deleteProperty(performance, 'now')
    Reflect.deleteProperty(stages, 'publish')
  }
  t.is(calls, 0)
})

test.serial('each half of each stage that runs is published, in the order they ran', async (t) => {
  const served = await serve(t, (ctx) => (ctx.body = 'ok'), {
    stages: (defaults) =>
      defaults.after(
        'flash',
        stage('audit', async function* () {
          yield
        }),
      ),
  })
  const seen = await traces(() => served.visitor().get('/'))
  const order = seen.map(told)
  // The verifying stages are switched off, and those without a yield have no way out.
  t.deepEqual(
    order.filter((one) => one.endsWith('in')),
    ['identify in', 'persist in', 'expireKeys in', 'extendExpiry in', 'flash in', 'audit in'],
  )
  t.deepEqual(order.slice(6), ['audit out', 'flash out', 'persist out', 'identify out'])
})

test.serial('what is published is the context, the name, the phase and the duration', async (t) => {
  const [first] = await traces(() => silently([stage('audit', function* () {})]))
  t.deepEqual(Object.keys(first!), ['ctx', 'name', 'phase', 'duration'])
  t.is(first!.ctx, ctx)
  t.like(first, { name: 'audit', phase: 'in' })
  t.true(Number.isFinite(first!.duration) && first!.duration >= 0)
})

test.serial('the duration of a half is its own, without what runs further in', async (t) => {
  let time = 1000
  performance.now = () => time
  const spend = async (ms: number): Promise<void> => void (time += ms)
  let seen: StageTrace[]
  try {
    const timed = stage('timed', async function* () {
      await spend(5)
      yield
      await spend(7)
    })
    const failing = stage('failing', async function* () {
      try {
        yield
      } finally {
        await spend(3)
        // oxlint-disable-next-line no-unsafe-finally -- halves that fail take time, too
        throw new Error('too late')
      }
    })
    seen = await traces(() => silently([timed, failing], () => spend(100)))
    seen.push(...(await traces(() => silently([timed], () => spend(100)))))
  } finally {
    Reflect.deleteProperty(performance, 'now')
  }
  t.deepEqual(
    seen.map(({ name, phase, duration }) => [name, phase, duration]),
    [
      ['timed', 'in', 5],
      ['failing', 'in', 0],
      ['failing', 'out', 3],
      ['timed', 'out', 0],
      ['timed', 'in', 5],
      ['timed', 'out', 7],
    ],
  )
})

test.serial('the duration of a half counts what it waited for', async (t) => {
  let time = 1000
  performance.now = () => time
  const spend = async (ms: number): Promise<void> => void (time += ms)
  let seen: StageTrace[]
  try {
    const waiting = stage('waiting', function* () {
      yield spend(5)
      yield spend(1)
      yield
      yield spend(7)
      throw new Error('too late')
    })
    seen = await traces(() => silently([waiting], () => spend(100)))
  } finally {
    Reflect.deleteProperty(performance, 'now')
  }
  t.deepEqual(
    seen.map((trace) => [told(trace), trace.duration]),
    [
      ['waiting in', 6],
      ['waiting out: too late', 7],
    ],
  )
})

const passing = stage('passing', function* () {
  yield
})
const swallowing = stage('swallowing', function* () {
  try {
    yield
  } catch {
    // handled
  }
})
const NO_GENERATOR =
  "The hook of stage 'subject' did not return a generator. Write it as async function* or function*."
const cases: readonly [what: string, subject: Stage, halves: readonly string[]][] = [
  [
    'throws before its yield',
    stage('subject', function* () {
      throw new Error('refused')
    }),
    ['subject in: refused', 'passing out: refused', 'swallowing out'],
  ],
  [
    'throws after its yield',
    stage('subject', async function* () {
      yield
      throw new Error('too late')
    }),
    ['subject in', 'subject out: too late', 'passing out: too late', 'swallowing out'],
  ],
  [
    'returns stop',
    stage('subject', function* () {
      return stop
    }),
    ['subject in', 'passing out', 'swallowing out'],
  ],
  [
    'is no generator',
    stage('subject', function () {} as unknown as Hook),
    [`subject in: ${NO_GENERATOR}`, `passing out: ${NO_GENERATOR}`, 'swallowing out'],
  ],
  [
    'returns without yielding',
    stage('subject', function* () {}),
    ['subject in', 'passing out', 'swallowing out'],
  ],
]
for (const [what, subject, halves] of cases)
  test.serial(`a stage that ${what} shows in the halves and their errors`, async (t) => {
    const seen = await traces(() => silently([swallowing, passing, subject]))
    t.deepEqual(seen.map(told), ['swallowing in', 'passing in', ...halves])
  })

test.serial('a half that threw undefined has an error all the same', async (t) => {
  const [, out] = await traces(() => silently([passing], () => Promise.reject(undefined)))
  t.true('error' in out!)
  t.is(out!.error, undefined)
})

test.serial('a second yield shows as the error that it is', async (t) => {
  const twice = stage('twice', function* () {
    yield
    yield
  })
  const [, out] = await traces(() => silently([twice]))
  t.like(out, { name: 'twice', phase: 'out', error: { code: 'ERR_STAGE_YIELDED_TWICE' } })
})

for (const row of ROWS)
  for (const kind of ['sync', 'async'] as const)
    test.serial(`watched by a listener, the ${kind} hook still does this: ${row.does}`, async (t) => {
      const unwatched = await outcome(row, kind)
      let watched: unknown
      await traces(async () => (watched = await outcome(row, kind)))
      t.deepEqual(watched, unwatched)
      assertRow(t, row, unwatched)
    })

async function outcome(row: Row, kind: 'sync' | 'async') {
  const notes: string[] = []
  let thrown: { message?: string; code?: string; cause?: { message?: string } } | undefined
  const handler = async () => {
    notes.push('handler')
    if (row.handlerFails) throw new Error('handler failed')
  }
  try {
    await run([stage('subject', row[kind])], { state: { notes } } as unknown as Context, session, handler)
  } catch (error) {
    thrown = error as NonNullable<typeof thrown>
  }
  return { notes, message: thrown?.message, code: thrown?.code, cause: thrown?.cause?.message }
}

function assertRow(
  t: ExecutionContext,
  row: Row,
  { notes, message }: Awaited<ReturnType<typeof outcome>>,
): void {
  t.deepEqual(notes, [...row.notes[0], ...(row.endsHere ? [] : ['handler']), ...row.notes[1]])
  if (row.outward) t.regex(message ?? '', row.outward.message)
  else t.is(message, undefined)
}
