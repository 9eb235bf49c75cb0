import test from 'ava'
import { type Concurrency, planConcurrency } from '../../src/session/concurrency.ts'
import { type Capabilities, SessionConfigError } from '../../src/index.ts'

const ALL: Capabilities = { atomic: true, shared: true, durable: true, expires: true, lock: true }
const SIMPLE: Capabilities = { ...ALL, atomic: false, lock: false }

test('the default is merge where the store writes atomically, else last-write', (t) => {
  t.is(planConcurrency(undefined, ALL).mode, 'merge')
  t.is(planConcurrency(undefined, SIMPLE).mode, 'last-write')
})

test('lock has a wait of 5 s, a lease of 15 s and 16 waiters unless told otherwise', (t) => {
  t.like(planConcurrency('lock', ALL), { mode: 'lock', wait: 5_000, lease: 15_000, maxWaiters: 16 })
  const asked = { mode: 'lock', wait: '1m', lease: 500, maxWaiters: 0 } as const
  t.like(planConcurrency(asked, ALL), { wait: 60_000, lease: 500, maxWaiters: 0 })
})

test('resolvers are taken over as they were at the start', (t) => {
  const resolve: Record<string, () => unknown> = { cart: () => 1 }
  const plan = planConcurrency({ mode: 'merge', resolve }, ALL)
  delete resolve['cart']
  t.deepEqual(Object.keys(plan.resolve), ['cart'])
})

const WRONG: readonly [what: string, given: unknown, message: RegExp, capabilities?: Capabilities][] = [
  ['a mode that does not exist', 'optimistic', /merge.*last-write.*lock/],
  ['an object without a known mode', { mode: 'toString' }, /merge/],
  ['null', null, /merge/],
  ['a number', 3, /merge/],
  ['merge where writes are not atomic', 'merge', /merge.*atomic/, SIMPLE],
  ['lock where the store has none', { mode: 'lock' }, /lock/, SIMPLE],
  ['an option of another mode', { mode: 'merge', wait: '1s' }, /wait/],
  ['an option with a slip', { mode: 'lock', maxWaiter: 2 }, /maxWaiters/],
  ['a wait that is no duration', { mode: 'lock', wait: 'soon' }, /concurrency\.wait/],
  ['a wait of zero', { mode: 'lock', wait: 0 }, /concurrency\.wait/],
  ['a negative lease', { mode: 'lock', lease: -1 }, /concurrency\.lease/],
  ['a lease that is not a number', { mode: 'lock', lease: Number.NaN }, /concurrency\.lease/],
  ['half a waiter', { mode: 'lock', maxWaiters: 1.5 }, /maxWaiters/],
  ['fewer than no waiters', { mode: 'lock', maxWaiters: -1 }, /maxWaiters/],
  ['a resolver that is no function', { mode: 'merge', resolve: { cart: 'mine' } }, /resolve/],
  ['resolvers that are no object', { mode: 'merge', resolve: 'mine' }, /resolve/],
]

for (const [what, given, message, capabilities = ALL] of WRONG) {
  test(`refused: ${what}`, (t) => {
    t.throws(() => planConcurrency(given as Concurrency, capabilities), {
      instanceOf: SessionConfigError,
      message,
    })
  })
}
