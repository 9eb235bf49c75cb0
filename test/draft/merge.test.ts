import test from 'ava'
import { type Merged, merge, type Resolvers } from '../../src/draft/merge.ts'
import type { Draft } from '../../src/draft/draft.ts'
import type { Fields } from '../../src/draft/fields.ts'
import type { Meta } from '../../src/record.ts'
import { counting, draftOf, draftOn, linesOf, recordOf, type Side, type Values, valuesIn } from './helpers.ts'

/** What `edit` makes of a session that began as `base`, laid over the lines that others have stored meanwhile. */
const merged = (base: Side, edit: (draft: Draft) => void, theirs: Side, resolvers?: Resolvers): Merged => {
  const draft = draftOf(base)
  edit(draft)
  return merge(JSON, linesOf(theirs), draft.changes().lines, resolvers)
}

const put = (fields: Fields, value: unknown, name = 'key'): void =>
  value === undefined ? fields.delete(name) : fields.set(name, value)

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

const holding = (value: unknown): Values => (value === undefined ? {} : { key: value })
const equal = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

for (const [what, base, mine, theirs, left, clash] of TABLE) {
  test(`a key: ${what}`, (t) => {
    const { lines, conflicts } = merged({ data: holding(base) }, ({ data }) => put(data, mine), {
      data: holding(theirs),
    })
    t.deepEqual(valuesIn(lines), holding(left))
    t.deepEqual(conflicts, clash ? ['key'] : [])
  })

  test(`an annotation: ${what}`, (t) => {
    const { lines, conflicts } = merged(
      { annotations: holding(base) },
      ({ annotations }) => put(annotations, mine),
      { annotations: holding(theirs) },
    )
    t.deepEqual(valuesIn(lines, 'a'), holding(left))
    t.deepEqual(conflicts, [], 'it is no key of the data')
  })

  test(`a message of the flash: ${what}`, (t) => {
    const draft = draftOf({ flash: holding(base) })
    if (!equal(base, mine)) put(draft.flash, mine)
    const changes = draft.changes().lines
    // A value that was set anew bears a new mark, unless one store has it already.
    const newest =
      equal(mine, theirs) && changes[0]?.after !== undefined
        ? `\n${changes[0].after}\n`
        : linesOf({ flash: holding(theirs) }).replace(':0 ', equal(theirs, base) ? ':0 ' : ':7 ')
    const { lines, conflicts } = merge(JSON, newest, changes)
    // What was set anew is not swept away with what was there before.
    const kept = clash && left === undefined ? (mine ?? theirs) : left
    t.deepEqual(valuesIn(lines, 'f'), holding(kept))
    t.deepEqual(conflicts, [])
  })
}

test('different keys of all sides are there afterwards', (t) => {
  const { lines } = merged({ data: { base: 1 } }, ({ data }) => put(data, 1, 'mine'), {
    data: { base: 1, theirs: 1 },
  })
  t.deepEqual(valuesIn(lines), { base: 1, mine: 1, theirs: 1 })
})

test('keys, messages, annotations and deadlines of one name are four things', (t) => {
  const all: Side = { data: { x: 1 }, flash: { x: 2 }, annotations: { x: 3 }, deadlines: { x: 4 } }
  const { lines } = merged(all, ({ data }) => put(data, 9, 'x'), all)
  t.deepEqual(valuesIn(lines), { x: 9 })
  t.deepEqual(
    [valuesIn(lines, 'f'), valuesIn(lines, 'a'), valuesIn(lines, 'k')],
    [{ x: 2 }, { x: 3 }, { x: 4 }],
  )
})

test('a nested value that was changed in place counts as changed', (t) => {
  const base = { cart: { items: [1] }, seen: { pages: [1] } }
  const { lines, conflicts } = merged(
    { data: base },
    ({ data }) => {
      ;(data.get('cart') as typeof base.cart).items.push(2)
      data.get('seen')
    },
    { data: { ...base, seen: { pages: [1, 2] } } },
  )
  t.deepEqual(valuesIn(lines), { cart: { items: [1, 2] }, seen: { pages: [1, 2] } })
  t.deepEqual(conflicts, [])
})

test('nothing is parsed or serialised where no resolver asks', (t) => {
  const draft = draftOf({ data: { both: 1, mine: 1 } })
  draft.data.set('both', 2)
  draft.data.set('mine', 2)
  const serializer = counting()
  merge(serializer, linesOf({ data: { both: 3, mine: 1 } }), draft.changes().lines, { other: () => 1 })
  t.deepEqual(serializer.calls, [])
})

test('a resolver gets the three values and decides', (t) => {
  const { lines, conflicts } = merged(
    { data: { n: 1, other: 1 } },
    ({ data }) => {
      put(data, 11, 'n')
      put(data, 2, 'other')
    },
    { data: { n: 101, other: 3 } },
    { n: (base, mine, theirs) => Number(mine) + Number(theirs) - Number(base) },
  )
  t.deepEqual(valuesIn(lines), { n: 111, other: 2 })
  t.deepEqual(conflicts, ['n', 'other'])
})

test('a resolver is told when there was nothing to begin with, and can remove the key', (t) => {
  const bases: unknown[] = []
  const { lines } = merged(
    {},
    ({ data }) => put(data, 1, 'n'),
    { data: { n: 2 } },
    { n: (base) => void bases.push(base) },
  )
  t.deepEqual(bases, [undefined])
  t.deepEqual(valuesIn(lines), {})
})

test('a resolver is not asked where one side alone changed or deleted', (t) => {
  const resolvers = { n: () => t.fail(), gone: () => t.fail() }
  merged(
    { data: { n: 1, gone: 1 } },
    ({ data }) => {
      put(data, 2, 'n')
      put(data, undefined, 'gone')
    },
    { data: { n: 1, gone: 2 } },
    resolvers,
  )
  t.pass()
})

test('a resolver decides about keys of the data alone', (t) => {
  const one = (x: number): Side => ({ annotations: { x }, flash: { x } })
  const edit = ({ annotations, flash }: Draft): void => {
    put(annotations, 2, 'x')
    put(flash, 2, 'x')
  }
  const { lines } = merged(one(1), edit, { annotations: { x: 3 } }, { x: () => t.fail() })
  t.deepEqual([valuesIn(lines, 'a'), valuesIn(lines, 'f')], [{ x: 2 }, { x: 2 }])
})

test('the names of inherited members are keys like others', (t) => {
  const { lines } = merged(
    {},
    ({ data }) => put(data, 1, 'constructor'),
    { data: { constructor: 2, toString: 3 } },
    {},
  )
  t.deepEqual({ ...valuesIn(lines) }, { constructor: 1, toString: 3 })
})

test('lines of others are carried over as text, whatever they hold', (t) => {
  const newest = '\nd"bad":{no text of the serializer\nd"__proto__":1\nd"destroy":2\n'
  const draft = draftOf({})
  draft.data.set('x', 1)
  t.is(merge(JSON, newest, draft.changes().lines).lines, `${newest}d"x":1\n`)
})

test('values with line breaks merge like others', (t) => {
  const serializer = { stringify: (value: unknown) => JSON.stringify(value, null, 2), parse: JSON.parse }
  const begin = { cart: { items: [1] }, seen: 1 }
  const draft = draftOf({ data: begin }, serializer)
  ;(draft.data.get('cart') as typeof begin.cart).items.push(2)
  draft.data.set('seen', { twice: true })
  const newest = linesOf({ data: { cart: begin.cart, seen: { once: true } } }, serializer)
  const { lines, conflicts } = merge(serializer, newest, draft.changes().lines)
  t.deepEqual(valuesIn(lines), { cart: { items: [1, 2] }, seen: { twice: true } })
  t.deepEqual(conflicts, ['seen'])
  t.is(lines.split('\n').length, 4)
})

test('many changes come to the same as few', (t) => {
  const data = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key${index}`, index]))
  const deadlines = { key0: 5, key1: 5 }
  const edit = (draft: Draft): void => {
    for (let index = 0; index < 200; index += 2) put(draft.data, undefined, `key${index}`)
    for (let index = 1; index < 200; index += 2) put(draft.data, -index, `key${index}`)
    for (let index = 200; index < 300; index++) put(draft.data, index, `key${index}`)
    put(draft.deadlines, 3, 'key1')
    put(draft.deadlines, 9, 'key2')
  }
  const theirs = { data: { ...data, key3: 'theirs', own: 1 }, annotations: { a: 1 }, deadlines }
  const { lines, conflicts } = merged({ data, deadlines }, edit, theirs)
  const left: Values = { own: 1 }
  for (let index = 1; index < 200; index += 2) left[`key${index}`] = -index
  for (let index = 200; index < 300; index++) left[`key${index}`] = index
  t.deepEqual(valuesIn(lines), left)
  t.deepEqual(valuesIn(lines, 'k'), { key0: 5, key1: 3, key2: 9 })
  t.deepEqual(valuesIn(lines, 'a'), { a: 1 })
  t.regex(lines, /^\nk/, 'deadlines stand first')
  t.deepEqual(conflicts, ['key3'])
})

const DEADLINES: readonly [string, number | undefined, number | undefined, number | undefined, object][] = [
  ['set by me alone', undefined, 5, undefined, { key: 5 }],
  ['set by them alone', undefined, undefined, 5, { key: 5 }],
  ['moved by me alone', 5, 9, 5, { key: 9 }],
  ['moved by them alone', 5, 5, 9, { key: 9 }],
  ['moved by both, mine earlier', 5, 7, 9, { key: 7 }],
  ['moved by both, theirs earlier', 5, 9, 7, { key: 7 }],
  ['set by both', undefined, 9, 7, { key: 7 }],
  ['set by both, with more digits', undefined, 9, 10, { key: 9 }],
  ['moved by me, taken away by them', 5, 9, undefined, { key: 9 }],
]

for (const [what, base, mine, theirs, left] of DEADLINES) {
  test(`the deadline of a key: ${what}`, (t) => {
    const side = (deadline: number | undefined): Side =>
      deadline === undefined ? {} : { deadlines: { key: deadline } }
    const { lines, conflicts } = merged(side(base), ({ deadlines }) => put(deadlines, mine), side(theirs))
    t.deepEqual(valuesIn(lines, 'k'), left)
    t.deepEqual(conflicts, [])
  })
}

test('an equal message that they set anew is not swept away by my having shown the old one', (t) => {
  const draft = draftOf({ flash: { note: 'saved' } })
  draft.flash.look()
  draft.flash.sweep()
  const changes = draft.changes().lines
  t.is(merge(JSON, '\nf"note":0 "saved"\n', changes).lines, '\n')
  t.is(merge(JSON, '\nf"note":2 "saved"\n', changes).lines, '\nf"note":2 "saved"\n')
})

/** The metadata, when I make these changes and they have stored others. */
const meta = (base: Partial<Meta>, mine: Partial<Meta>, theirs: Partial<Meta>, now = 1): Meta => {
  const { draft } = draftOn(recordOf('\n', base))
  if (Object.keys(mine).length > 0) draft.setLifetimes(mine)
  return draft.applyMeta(draft.changes(), recordOf('\n', theirs).meta, now)
}

test('the idle timeout merges like a key', (t) => {
  t.is(meta({ idleTimeout: 1 }, {}, { idleTimeout: 3 }).idleTimeout, 3)
  t.is(meta({ idleTimeout: 1 }, { idleTimeout: 2 }, { idleTimeout: 1 }).idleTimeout, 2)
  t.is(meta({ idleTimeout: 1 }, { idleTimeout: 2 }, { idleTimeout: 3 }).idleTimeout, 2)
  t.is(meta({}, {}, { idleTimeout: false }).idleTimeout, false)
  t.like(meta({}, { persistent: true }, { idleTimeout: 5 }), { persistent: true, idleTimeout: 5 })
})

const ABSOLUTE: readonly [string, number | undefined, number | undefined, number | undefined, number][] = [
  ['set by me alone', undefined, 5, undefined, 5],
  ['set by them alone', undefined, undefined, 5, 5],
  ['set by both, mine earlier', undefined, 5, 7, 5],
  ['set by both, theirs earlier', undefined, 7, 5, 5],
  ['moved by me alone, further', 5, 9, 5, 9],
  ['moved by them alone, further', 5, undefined, 9, 9],
  ['moved by both, theirs earlier', 5, 9, 7, 7],
  ['moved by both, mine earlier', 5, 7, 9, 7],
]

for (const [what, base, mine, theirs, left] of ABSOLUTE) {
  const own = (endsAt: number | undefined): Partial<Meta> =>
    endsAt === undefined ? {} : { absoluteTimeout: endsAt * 10, endsAt }

  test(`an absolute deadline of the session: ${what}`, (t) => {
    const { absoluteTimeout, endsAt } = meta(own(base), own(mine), own(theirs))
    t.deepEqual({ absoluteTimeout, endsAt }, { absoluteTimeout: left * 10, endsAt: left })
  })

  test(`an absolute deadline of the session, when the newer record was shown before the save: ${what}`, (t) => {
    const { draft } = draftOn(recordOf('\n', own(base)))
    if (mine !== undefined) draft.setLifetimes(own(mine))
    const newest = recordOf('\nd"theirs":1\n', own(theirs))
    draft.rebase(newest, draft.changes(), newest.lines)
    t.is(draft.lifetimes.endsAt, left)
    t.is(draft.applyMeta(draft.changes(), newest.meta, 1).endsAt, left)
  })
}

test('the time of creation is the stored one', (t) => {
  t.is(meta({ createdAt: 9 }, {}, { createdAt: 5 }).createdAt, 5)
})

test('the later of the two saves is the last one', (t) => {
  t.is(meta({ updatedAt: 1 }, {}, { updatedAt: 2 }, 3).updatedAt, 3)
  t.is(meta({ updatedAt: 1 }, {}, { updatedAt: 3 }, 2).updatedAt, 3)
})

test('nothing that goes in is changed', (t) => {
  const draft = draftOf({ data: { a: 1 } })
  draft.data.set('a', 2)
  const changes = draft.changes().lines.map((change) => Object.freeze(change))
  t.notThrows(() => merge(JSON, '\nd"a":3\n', Object.freeze(changes)))
})
