import test from 'ava'
import { Turns } from '../src/turns.ts'
import { gate } from './helpers/gate.ts'

test('work of one name runs one after another, in the order of asking', async (t) => {
  const turns = new Turns()
  const log: string[] = []
  const first = gate()
  const work = (name: string, wait?: Promise<void>) => async (): Promise<string> => {
    log.push(`${name} begins`)
    await wait
    log.push(`${name} ends`)
    return name
  }
  const all = [
    turns.take('x', work('one', first.opened)),
    turns.take('x', work('two')),
    turns.take('x', work('three')),
  ]
  await turns.take('y', async () => undefined)
  t.deepEqual(log, ['one begins'])
  first.open()
  t.deepEqual(await Promise.all(all), ['one', 'two', 'three'])
  t.deepEqual(log, ['one begins', 'one ends', 'two begins', 'two ends', 'three begins', 'three ends'])
})

test('work of another name does not wait', async (t) => {
  const turns = new Turns()
  const held = gate()
  const slow = turns.take('x', () => held.opened)
  t.is(await turns.take('y', async () => 'other'), 'other')
  held.open()
  await slow
})

test('work that fails tells its own caller alone, and the next one has its turn', async (t) => {
  const turns = new Turns()
  const failing = turns.take('x', async () => {
    throw new Error('broken')
  })
  const next = turns.take('x', async () => 'next')
  await t.throwsAsync(failing, { message: 'broken' })
  t.is(await next, 'next')
})

test('work that is asked for while other work runs comes last', async (t) => {
  const turns = new Turns()
  const log: string[] = []
  let inner: Promise<unknown> | undefined
  const outer = turns.take('x', async () => {
    inner = turns.take('x', async () => log.push('inner'))
    await Promise.resolve()
    log.push('outer')
  })
  await outer
  await inner
  t.deepEqual(log, ['outer', 'inner'])
})

test('work is told whether other work was before it, and nothing is kept of an idle name', async (t) => {
  const turns = new Turns()
  const told = await Promise.all([
    turns.take('x', async (waited) => waited),
    turns.take('x', async (waited) => waited),
    turns.take('y', async (waited) => waited),
  ])
  t.deepEqual(told, [false, true, false])
  t.is(turns.size, 0)
})

test('work that never ends is waited for only so long, from its beginning, by each that comes after it', async (t) => {
  const turns = new Turns(10)
  const log: string[] = []
  const stuck = gate()
  const first = turns.take('x', () => stuck.opened)
  const rest = ['two', 'three'].map((name) => turns.take('x', async () => log.push(name)))
  await Promise.all(rest)
  t.deepEqual(log, ['two', 'three'])
  t.is(turns.size, 0)
  t.is(await turns.take('x', async (waited) => waited), false)
  stuck.open()
  await first
})

test('work that ends in time is waited for to its end, and no timer is left', async (t) => {
  const turns = new Turns(600_000)
  const first = gate()
  const log: string[] = []
  const all = [
    turns.take('x', async () => {
      await first.opened
      log.push('one')
    }),
    turns.take('x', async () => log.push('two')),
  ]
  first.open()
  await Promise.all(all)
  t.deepEqual(log, ['one', 'two'])
})
