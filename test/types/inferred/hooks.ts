// What a hook can be.
import type { Context } from 'koa'
import { type Session, type Stage, stage, stop } from 'koa-session-pipeline'
import { equal, given } from './assert.ts'

stage('waits', async function* (ctx, session) {
  equal<typeof ctx, Context>(true)
  equal<typeof session, Session>(true)
  const nothing = yield
  equal<typeof nothing, void>(true)
})
stage('plain', function* () {
  yield
})
stage('without a yield', function* () {})
stage('yields promises', function* (_ctx, session) {
  const found = (yield Promise.resolve(5)) as number
  equal<typeof found, number>(true)
  const unknown = yield session.touch()
  equal<typeof unknown, unknown>(true)
  yield
  if (found > 5) yield given<PromiseLike<number>>()
  return found > 5 ? stop : undefined
})
stage('has a type of its own', hook)
function* hook(): Generator<Promise<number> | undefined, void, unknown> {
  yield Promise.resolve(5)
}
stage('yields the promise of nothing', async function* () {
  yield Promise.resolve()
})
stage('stops', function* (ctx) {
  return ctx.method === 'TRACE' ? stop : undefined
})
stage('switched off', function* () {}, { off: true })

// @ts-expect-error -- no generator
stage('forgot the star', async () => {})
// @ts-expect-error -- no generator
stage('middleware', (_ctx: Context, next: () => Promise<void>) => next())
// @ts-expect-error -- a yield takes no value
stage('yields a value', function* () {
  yield 5
})
stage('believes the promise', function* () {
  // @ts-expect-error -- what comes back is not known
  const found: number = yield Promise.resolve(5)
  yield
  return found > 5 ? stop : undefined
})
// @ts-expect-error -- stop is returned
stage('yields stop', function* () {
  yield stop
})
// @ts-expect-error -- what an async hook waits for it awaits
stage('yields a promise', async function* () {
  yield new Promise<number>(() => {})
})
// @ts-expect-error -- only stop can be returned
stage('returns a value', function* () {
  yield
  return 5
})
// @ts-expect-error -- there is no next
stage('calls next', async function* (_ctx, _session, next) {
  await next()
})
// @ts-expect-error -- no name
stage(function* () {})

stage('reads', function* (_ctx, session) {
  equal<typeof session.stored, boolean>(true)
  equal<typeof session.token, string | undefined>(true)
  session.onCreate(() => {
    session.annotations['reads'] = 'from the beginning'
  })
  // @ts-expect-error -- it is given nothing
  session.onCreate((bindings) => bindings)
  // @ts-expect-error -- read-only
  session.token = 'mine'
  yield
})

// A list of stages of unknown names
const many: Stage[] = [stage('one', function* () {}), stage('two', function* () {})]
equal<(typeof many)[number]['name'], string>(true)
