import test from 'ava'
import { merge, type Merged, type Resolver, type Version } from '../../src/concurrency/merge.ts'
import type { Meta } from '../../src/record.ts'

type Values = Record<string, unknown>
interface Side {
  readonly data?: Values
  readonly flash?: Values
  readonly meta?: Partial<Meta>
}

const version = ({ data = {}, flash = {}, meta = {} }: Side): Version => ({
  meta: { createdAt: 1, updatedAt: 1, ...meta },
  content: { data, flash },
})

const merged = (
  base: Side,
  mine: Side,
  theirs: Side,
  resolvers?: Readonly<Record<string, Resolver>>,
): Merged => merge(JSON, version(base), version(mine), version(theirs), resolvers)

const NONE = undefined
const A = { a: 1 }
const B = { b: [1] }
const C = 'c'

// What one key holds: at the start, here, there; then after the merge, and whether that was a conflict.
const TABLE: readonly [
  what: string,
  base: unknown,
  mine: unknown,
  theirs: unknown,
  left: unknown,
  clash: boolean,
][] = [
  ['nobody changed it', A, A, A, A, false],
  ['only I changed it', A, B, A, B, false],
  ['only they changed it', A, A, B, B, false],
  ['both changed it to the same', A, B, B, B, false],
  ['both changed it', A, B, C, B, true],
  ['only I added it', NONE, A, NONE, A, false],
  ['only they added it', NONE, NONE, A, A, false],
  ['both added the same', NONE, A, A, A, false],
  ['both added it', NONE, A, B, A, true],
  ['only I deleted it', A, NONE, A, NONE, false],
  ['only they deleted it', A, A, NONE, NONE, false],
  ['both deleted it', A, NONE, NONE, NONE, false],
  ['I deleted, they changed it', A, NONE, B, NONE, true],
  ['I changed, they deleted it', A, B, NONE, NONE, true],
  ['nobody has it', NONE, NONE, NONE, NONE, false],
  ['I set it to null', A, null, A, null, false],
  ['they set it to null, I to false', A, false, null, false, true],
]

const holding = (value: unknown): Values => (value === undefined ? {} : { key: structuredClone(value) })

for (const [what, base, mine, theirs, left, clash] of TABLE) {
  test(`a key: ${what}`, (t) => {
    const { content, conflicts } = merged(
      { data: holding(base) },
      { data: holding(mine) },
      { data: holding(theirs) },
    )
    t.deepEqual(content.data, holding(left))
    t.deepEqual(conflicts, clash ? ['key'] : [])
  })

  test(`a message of the flash: ${what}`, (t) => {
    // A value that was set anew bears a new mark.
    const side = (value: unknown, mark: number): Side => ({
      flash: holding(value),
      meta: { flashMarks: value === undefined ? {} : { key: value === base ? 0 : mark } },
    })
    const same = JSON.stringify(mine) === JSON.stringify(theirs)
    const { content, conflicts } = merged(side(base, 0), side(mine, 1), side(theirs, same ? 1 : 2))
    // What was set anew is not swept away with what was there before.
    const kept = clash && left === undefined ? (mine ?? theirs) : left
    t.deepEqual(content.flash, holding(kept))
    t.deepEqual(conflicts, [])
  })
}

test('different keys of all sides are there afterwards', (t) => {
  const { content } = merged(
    { data: { base: 1 } },
    { data: { base: 1, mine: 1 } },
    { data: { base: 1, theirs: 1 } },
  )
  t.deepEqual(content.data, { base: 1, mine: 1, theirs: 1 })
})

test('a nested value that was changed in place counts as changed', (t) => {
  const base = { cart: { items: [1] }, seen: { pages: [1] } }
  const mine = structuredClone(base)
  mine.cart.items.push(2)
  const theirs = structuredClone(base)
  theirs.seen.pages.push(2)
  const { content, conflicts } = merged({ data: base }, { data: mine }, { data: theirs })
  t.deepEqual(content.data, { cart: { items: [1, 2] }, seen: { pages: [1, 2] } })
  t.deepEqual(conflicts, [])
})

test('a resolver gets the three values and decides', (t) => {
  const { content, conflicts } = merged(
    { data: { n: 1, other: 1 } },
    { data: { n: 11, other: 2 } },
    { data: { n: 101, other: 3 } },
    { n: (base, mine, theirs) => Number(mine) + Number(theirs) - Number(base) },
  )
  t.deepEqual(content.data, { n: 111, other: 2 })
  t.deepEqual(conflicts, ['n', 'other'])
})

test('a resolver is told when there was nothing to begin with, and can remove the key', (t) => {
  const bases: unknown[] = []
  const { content } = merged(
    {},
    { data: { n: 1 } },
    { data: { n: 2 } },
    { n: (base) => void bases.push(base) },
  )
  t.deepEqual(bases, [undefined])
  t.deepEqual(content.data, {})
})

test('a resolver is not asked where one side alone changed or deleted', (t) => {
  const resolvers = { n: () => t.fail(), gone: () => t.fail() }
  merged({ data: { n: 1, gone: 1 } }, { data: { n: 2 } }, { data: { n: 1, gone: 2 } }, resolvers)
  t.pass()
})

test('the names of inherited members are keys like others', (t) => {
  const { content } = merged({}, { data: { constructor: 1 } }, { data: { constructor: 2, toString: 3 } }, {})
  t.deepEqual({ ...content.data }, { constructor: 1, toString: 3 })
})

const meta = (base: Partial<Meta>, mine: Partial<Meta>, theirs: Partial<Meta>): Meta =>
  merged({ meta: base }, { meta: mine }, { meta: theirs }).meta

const DEADLINES: readonly [string, number | undefined, number | undefined, number | undefined, object][] = [
  ['set by me alone', undefined, 5, undefined, { key: 5 }],
  ['set by them alone', undefined, undefined, 5, { key: 5 }],
  ['moved by me alone', 5, 9, 5, { key: 9 }],
  ['moved by them alone', 5, 5, 9, { key: 9 }],
  ['moved by both, mine earlier', 5, 7, 9, { key: 7 }],
  ['moved by both, theirs earlier', 5, 9, 7, { key: 7 }],
  ['set by both', undefined, 9, 7, { key: 7 }],
]

for (const [what, base, mine, theirs, left] of DEADLINES) {
  test(`the deadline of a key: ${what}`, (t) => {
    const side = (deadline: number | undefined): Partial<Meta> =>
      deadline === undefined ? {} : { keyDeadlines: { key: deadline } }
    t.deepEqual({ ...meta(side(base), side(mine), side(theirs)).keyDeadlines }, left)
  })
}

test('the idle timeout merges like a key', (t) => {
  t.is(meta({ idleTimeout: 1 }, { idleTimeout: 1 }, { idleTimeout: 3 }).idleTimeout, 3)
  t.is(meta({ idleTimeout: 1 }, { idleTimeout: 2 }, { idleTimeout: 1 }).idleTimeout, 2)
  t.is(meta({ idleTimeout: 1 }, { idleTimeout: 2 }, { idleTimeout: 3 }).idleTimeout, 2)
  t.is(meta({}, {}, { idleTimeout: false }).idleTimeout, false)
})

test('a binding that one side let go stays let go', (t) => {
  const bound = { boundAddress: '192.0.2.1', boundUserAgent: 'agent' }
  t.deepEqual(
    Object.keys(meta(bound, { boundAddress: '192.0.2.1' }, bound)).filter((key) => key.startsWith('bound')),
    ['boundAddress'],
  )
  t.false('boundAddress' in meta(bound, bound, { boundUserAgent: 'agent' }))
})

test('the absolute deadline never moves: the time of creation is the stored one', (t) => {
  t.is(meta({ createdAt: 5 }, { createdAt: 9 }, { createdAt: 5 }).createdAt, 5)
})

test('the later of the two saves is the last one', (t) => {
  t.is(meta({ updatedAt: 1 }, { updatedAt: 3 }, { updatedAt: 2 }).updatedAt, 3)
  t.is(meta({ updatedAt: 1 }, { updatedAt: 2 }, { updatedAt: 3 }).updatedAt, 3)
})

test('an equal message that they set anew is not swept away by my having shown the old one', (t) => {
  const { content, meta } = merged(
    { flash: { note: 'saved' }, meta: { flashMarks: { note: 1 } } },
    {},
    { flash: { note: 'saved' }, meta: { flashMarks: { note: 2 } } },
  )
  t.deepEqual(content.flash, { note: 'saved' })
  t.deepEqual(meta.flashMarks, { note: 2 })
})

test('nothing that goes in is changed', (t) => {
  const frozen = (side: Side): Version => {
    const made = version(side)
    for (const part of [made, made.meta, made.content, made.content.data, made.content.flash])
      Object.freeze(part)
    return made
  }
  t.notThrows(() =>
    merge(JSON, frozen({ data: { a: 1 } }), frozen({ data: { a: 2 } }), frozen({ data: { b: 1 } })),
  )
})
