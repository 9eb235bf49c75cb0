import test from 'ava'
import { StoreUnavailableError } from '../../src/errors.ts'
import { NullStore } from '../../src/stores/null.ts'
import { storeConformance } from '../../src/testing/index.ts'

const LATER = 4_102_444_800_000
// AVA wants all tests declared in one go, so this comes first.
const cases = await storeConformance({ create: () => new NullStore() })

test('nothing that was set can be read', (t) => {
  const store = new NullStore()
  store.set('id', 'data', LATER, 'absent')
  t.is(store.get('id'), undefined)
})

test("'absent' succeeds, every time with another version", (t) => {
  const store = new NullStore()
  const results = [1, 2, 3].map(() => store.set('id', 'data', LATER, 'absent'))
  t.true(results.every(({ ok }) => ok))
  t.is(new Set(results.map((result) => result.ok && result.version)).size, 3)
})

test("'present' and versions fail, since there is no record", (t) => {
  const store = new NullStore()
  const created = store.set('id', 'data', LATER, 'absent')
  t.false(store.set('id', 'data', LATER, 'present').ok)
  t.true(created.ok && !store.set('id', 'data', LATER, { version: created.version }).ok)
})

test('touch and delete find nothing', (t) => {
  const store = new NullStore()
  store.set('id', 'data', LATER, 'absent')
  t.false(store.touch('id', LATER, '1'))
  t.false(store.delete('id'))
})

test('close can be called twice, and ends the rest', (t) => {
  const store = new NullStore()
  store.close()
  store.close()
  for (const operation of [
    () => store.get('id'),
    () => store.set('id', 'data', LATER, 'absent'),
    () => store.touch('id', LATER, '1'),
    () => store.delete('id'),
  ]) {
    t.is(t.throws(operation, { instanceOf: StoreUnavailableError })?.outcome, 'none')
  }
})

// The rest of the suite reads back what it has set.
const APPLIES = new Set([
  'basics: a store has the methods that it claims',
  'basics: an id that was never set has no record',
  'basics: a new store is empty',
  'conditions: a version is refused where there is no record',
  'touch: it never creates, and is false where there is no record',
  'concurrency: a record that is deleted while sets and touches run stays deleted',
  'life cycle: close can be called twice, and while it runs',
  'life cycle: a closed store refuses every operation with a StoreUnavailableError',
  'hygiene: arguments are left as they are',
  'hygiene: errors of a closed store show neither id nor data',
])

for (const { name, run } of cases) {
  if (APPLIES.has(name)) test(name, (t) => t.notThrowsAsync(run))
}
