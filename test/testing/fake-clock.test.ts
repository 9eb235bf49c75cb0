import test from 'ava'
import type { Duration } from '../../src/checks/duration.ts'
import { SessionConfigError } from '../../src/errors.ts'
import { fakeClock } from '../../src/testing/index.ts'

test('a fake clock stands still', (t) => {
  t.is(fakeClock(1_000)(), 1_000)
})

test('a fake clock starts at the present time', (t) => {
  const before = Date.now()
  const now = fakeClock()()
  t.true(before <= now && now <= Date.now())
})

test('a fake clock advances by milliseconds and by durations', (t) => {
  const clock = fakeClock(0)
  t.is(clock.advance(5), 5)
  t.is(clock.advance('2h'), 7_200_005)
  t.is(clock(), 7_200_005)
})

test('a fake clock goes back by a negative number', (t) => {
  const clock = fakeClock(10_000)
  clock.advance(-3_000)
  t.is(clock(), 7_000)
})

test('a fake clock can be set', (t) => {
  const clock = fakeClock(0)
  t.is(clock.set(1_700_000_000_000), 1_700_000_000_000)
  t.is(clock(), 1_700_000_000_000)
})

for (const wrong of ['soon', '-2h', NaN, Infinity]) {
  test(`a fake clock does not advance by ${wrong}`, (t) => {
    const clock = fakeClock(0)
    t.throws(() => clock.advance(wrong as Duration), { instanceOf: SessionConfigError })
    t.is(clock(), 0)
  })
}

test('a fake clock is set to finite numbers only', (t) => {
  const clock = fakeClock(0)
  t.throws(() => clock.set(NaN), { instanceOf: SessionConfigError })
  t.throws(() => fakeClock(Infinity), { instanceOf: SessionConfigError })
})
