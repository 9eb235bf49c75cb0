import test from 'ava'
import { NONE, SlotIndex } from '../../../src/stores/memory/slots.ts'

test('an index finds what a Map finds, whatever was added and removed before', (t) => {
  const max = 40
  const index = new SlotIndex(max)
  const expected = new Map<string, number>()
  const free = Array.from({ length: max }, (_, slot) => slot)
  const names = Array.from({ length: 90 }, (_, n) => `id ${n}`)
  let state = 7
  const below = (limit: number): number => (state = (state * 48_271) % 2_147_483_647) % limit
  for (let step = 0; step < 20_000; step += 1) {
    const id = names[below(names.length)]!
    const slot = expected.get(id)
    if (slot !== undefined) {
      index.remove(slot)
      expected.delete(id)
      free.push(slot)
    } else if (free.length > 0) {
      expected.set(id, free.at(-1)!)
      index.add(id, free.pop()!)
    }
    t.is(index.size, expected.size)
    if (step % 50 === 0) for (const name of names) t.is(index.find(name), expected.get(name) ?? NONE)
  }
})

test('ids of one bucket are told apart', (t) => {
  const index = new SlotIndex(1)
  index.add('one', 0)
  t.is(index.find('one'), 0)
  t.is(index.find('another'), NONE)
  index.remove(0)
  t.is(index.find('one'), NONE)
})

test('an empty id is an id', (t) => {
  const index = new SlotIndex(2)
  index.add('', 1)
  t.is(index.find(''), 1)
})

test('a cleared index holds nothing and can be filled again', (t) => {
  const index = new SlotIndex(4)
  index.add('one', 3)
  index.clear()
  t.is(index.find('one'), NONE)
  index.add('two', 3)
  t.deepEqual([index.find('two'), index.size], [3, 1])
})
