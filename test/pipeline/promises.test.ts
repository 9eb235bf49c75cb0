import { createHook } from 'node:async_hooks'
import test from 'ava'
import type { Context } from 'koa'
import { type Hook, type Session, type Stage, stage } from '../../src/index.ts'
import { run } from '../../src/pipeline/run.ts'

type Middleware = (ctx: Context, next: () => Promise<unknown>) => Promise<unknown>

const [ctx, session] = [{} as Context, {} as Session]
const through =
  (hooks: readonly Hook[]): Middleware =>
  (ctx, next) =>
    run(stages(hooks), ctx, session, next)
const stages = (hooks: readonly Hook[]): Stage[] => hooks.map((hook, index) => stage(`stage ${index}`, hook))

const passing: Hook = function* () {
  yield
}
const guarding: Hook = function* () {
  try {
    yield
  } finally {
    ctx.state = {}
  }
}
const returning: Hook = function* () {}
const SIX = [passing, guarding, returning, passing, guarding, returning]

/** The promises that are made while a request runs through: the fewest of many, since the test runner makes some, too. */
async function promises(middleware: Middleware, next: () => Promise<unknown>): Promise<number> {
  const counts: number[] = []
  for (let round = 0; round < 50; round += 1) counts.push(await counted(middleware, next))
  return Math.min(...counts)
}

async function counted(middleware: Middleware, next: () => Promise<unknown>): Promise<number> {
  let count = 0
  const hook = createHook({ init: (_id, type) => void (count += type === 'PROMISE' ? 1 : 0) })
  hook.enable()
  try {
    await middleware(ctx, next)
  } catch {
    // Failures are counted, too.
  }
  hook.disable()
  return count
}

/** Middleware that makes none: what remains is what counting and the handler cost. */
const none: Middleware = (_ctx, next) => next()
const empty: Middleware = async (_ctx, next) => {
  await next()
}
const answers = (): Promise<unknown> => Promise.resolve('answered')
const fails = (): Promise<unknown> => Promise.reject(new Error('handler failed'))

for (const [what, next] of [
  ['answers', answers],
  ['fails', fails],
] as const) {
  test.serial(
    `stages that wait for nothing make one promise together when the handler ${what}`,
    async (t) => {
      const least = await promises(none, next)
      t.is(await promises(through(SIX), next), least + 1)
      t.is(await promises(through([]), next), least + 1)
    },
  )

  test.serial(`they make no more than an empty middleware does when the handler ${what}`, async (t) => {
    t.true((await promises(through(SIX), next)) <= (await promises(empty, next)))
  })
}

test.serial('a stage that yields a promise is the one that costs more', async (t) => {
  const waiting: Hook = function* () {
    yield Promise.resolve()
    yield
  }
  t.true((await promises(through([...SIX, waiting]), answers)) > (await promises(through(SIX), answers)))
})
