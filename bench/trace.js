// What tracing the stages costs: the runner while nobody listens, against the same runner without a line of
// tracing, and while somebody listens. All take turns in one run, and the figures to trust are the ratios; the
// second bare turn shows how far two equal ones are apart. Run: npm run build && node bench/trace.js
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { STAGE_CHANNEL, stage, stop } from '../dist/index.js'
import { run } from '../dist/pipeline/run.js'

const ROUNDS = 60
const WARM_UP = 6
const TIMES = 4000

const isPromise = (value) => typeof value?.then === 'function'

function start(stage, ctx, session) {
  const running = stage.hook(ctx, session)
  if (typeof running?.next === 'function' && typeof running.throw === 'function') return running
  throw new TypeError('no generator')
}

/** The runner as it would be if tracing had never been written. */
async function bare(stages, ctx, session, next) {
  const entered = []
  let failure
  try {
    let stopped = false
    for (const stage of stages) {
      const running = start(stage, ctx, session)
      const half = running.next()
      const step = isPromise(half) ? await half : half
      if (!step.done) entered.push({ stage, running })
      else if (step.value === stop) {
        stopped = true
        break
      }
    }
    if (!stopped) await next()
  } catch (error) {
    failure = { error }
  }
  for (let last = entered.pop(); last; last = entered.pop()) {
    try {
      const half = failure ? last.running.throw(failure.error) : last.running.next()
      const step = isPromise(half) ? await half : half
      if (!step.done) throw new Error('yielded twice')
      failure = undefined
    } catch (error) {
      failure = { error }
    }
  }
  if (failure) throw failure.error
}

const plain = (name) =>
  stage(name, function* (ctx) {
    ctx.entered += 1
    yield
    ctx.left += 1
  })
const waiting = (name) =>
  stage(name, async function* (ctx) {
    ctx.entered += 1
    yield
    ctx.left += 1
  })
// As many stages as the package has, one of which waits.
const stages = [plain('a'), waiting('b'), plain('c'), plain('d'), plain('e')]
const session = {}
const next = async () => undefined
const listener = () => undefined

/** Nanoseconds a request takes. */
async function time(runner) {
  const ctx = { entered: 0, left: 0 }
  const began = process.hrtime.bigint()
  for (let i = 0; i < TIMES; i++) await runner(stages, ctx, session, next)
  return Number(process.hrtime.bigint() - began) / TIMES
}

/** All take turns; each round begins with another one, so that none always runs on a warm or a dirty machine. */
async function race(contenders) {
  const names = Object.keys(contenders)
  const taken = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + WARM_UP) % names.length]
      const ns = await contenders[name]()
      if (round >= 0) taken[name].push(ns)
    }
  }
  const base = taken[names[0]]
  const row = (name) => ({
    'ns a request': Math.round(median(taken[name])),
    ratio: Number(median(taken[name].map((ns, round) => ns / base[round])).toFixed(2)),
  })
  console.table(Object.fromEntries(names.map((name) => [name, row(name)])))
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

// Two races, since a channel that has ever had a listener is another object to the compiler.
await race({
  'without any tracing': () => time(bare),
  'the same again': () => time(bare),
  'nobody listens': () => time(run),
})
await race({
  'without any tracing': () => time(bare),
  'somebody listens': async () => {
    subscribe(STAGE_CHANNEL, listener)
    try {
      return await time(run)
    } finally {
      unsubscribe(STAGE_CHANNEL, listener)
    }
  },
})
