import { inspect } from 'node:util'
import test from 'ava'
import type { Draft } from '../../src/draft/draft.ts'
import { faceOf } from '../../src/draft/face.ts'
import { namedLines } from '../../src/draft/lines.ts'
import type { SessionRecord } from '../../src/record.ts'
import { counting, draftOf, draftOn, linesOf, recordOf, type Side, type Values, valuesIn } from './helpers.ts'

const open = (draft: Draft): Values => faceOf(draft.data) as Values

/** What is to be saved, as `name: text`. */
const changed = (draft: Draft): Record<string, string | undefined> =>
  Object.fromEntries(draft.changes().lines.map(({ name, after }) => [name, after]))

const saved = (draft: Draft): string => draft.apply(draft.changes()).lines

/** Saves as a store would that has nothing against it. */
function save(draft: Draft): void {
  const changes = draft.changes()
  draft.committed(recordOf(draft.apply(changes).lines), changes)
}

/** Another request has stored this meanwhile; a save of this one meets it. */
function saveOver(draft: Draft, newest: SessionRecord, meanwhile: () => void = () => undefined): string {
  const changes = draft.changes()
  const { lines } = draft.apply(changes, newest)
  meanwhile()
  draft.rebase(recordOf(lines), changes)
  return lines
}

// Reading

test('reading one key parses that one value, once, and serialises nothing', (t) => {
  const serializer = counting()
  const { draft } = draftOn(recordOf(linesOf({ data: { user: 'ann', cart: [1], n: 1 } })), serializer)
  const data = open(draft)
  t.is(data['user'], 'ann')
  t.is(data['user'], 'ann')
  t.deepEqual(serializer.calls, ['parse "ann"'])
  t.deepEqual(draft.changes().lines, [])
  t.deepEqual(serializer.calls, ['parse "ann"'])
})

test('testing and listing parse nothing', (t) => {
  const serializer = counting()
  const { draft } = draftOn(recordOf(linesOf({ data: { user: 'ann', cart: [1] } })), serializer)
  const data = open(draft)
  t.true('user' in data)
  t.false('other' in data)
  t.deepEqual(draft.data.names(), ['user', 'cart'])
  t.deepEqual(serializer.calls, [])
})

test('an object that was handed out is serialised once, to be compared', (t) => {
  const serializer = counting()
  const { draft } = draftOn(recordOf(linesOf({ data: { cart: [1], other: [2] } })), serializer)
  t.deepEqual(draft.data.get('cart'), [1])
  t.is(draft.data.get('cart'), draft.data.get('cart'), 'it is one object')
  t.deepEqual(draft.changes().lines, [])
  t.deepEqual(serializer.calls, ['parse [1]', 'stringify [1]'])
})

test('writing a key serialises it alone, and needs nothing parsed', (t) => {
  const serializer = counting()
  const { draft } = draftOn(recordOf(linesOf({ data: { user: 'ann', cart: [1] } })), serializer)
  open(draft)['user'] = 'bob'
  t.deepEqual(changed(draft), { user: 'd"user":"bob"' })
  t.deepEqual(serializer.calls, ['stringify "bob"'])
})

test('what is not there reads as undefined', (t) => {
  const data = open(draftOf({ data: { a: 1 } }))
  t.is(data['b'], undefined)
  t.deepEqual({ ...data }, { a: 1 })
})

test('a value that does not parse is thrown where it is read, told each time, and never absent', (t) => {
  const { draft, corrupt } = draftOn(recordOf('\nd"bad":{\nd"good":1\n'))
  const data = open(draft)
  t.is(data['good'], 1)
  t.true('bad' in data)
  const error = t.throws(() => data['bad'], { code: 'ERR_SESSION_CORRUPT', message: /'bad'/ })
  t.is(corrupt[0], error)
  t.throws(() => ({ ...data }), { code: 'ERR_SESSION_CORRUPT' })
  t.deepEqual(draft.changes().lines, [])
})

test('a line without a name is thrown where the keys are listed, and told', (t) => {
  for (const line of ['d', 'duser:1', 'd"user"', 'd"user:1', String.raw`d"\q":1`]) {
    const { draft, corrupt } = draftOn(recordOf(`\nd"good":1\n${line}\n`))
    const data = open(draft)
    t.is(data['good'], 1)
    t.throws(() => Object.keys(data), { code: 'ERR_SESSION_CORRUPT' }, line)
    t.is(corrupt.length, 1, line)
  }
})

test('an inspection shows the data and is no look', (t) => {
  const draft = draftOf({ flash: { note: 'x' } })
  t.is(inspect(faceOf(draft.flash)), "{ note: 'x' }")
  t.false(draft.flash.looked)
})

// Writing

test('a new session begins without any line', (t) => {
  const { draft } = draftOn(undefined)
  t.true(draft.untouched)
  open(draft)['user'] = 'ann'
  t.false(draft.untouched)
  t.is(saved(draft), '\nd"user":"ann"\n')
})

test('what is assigned, deleted or set to undefined is changed; equal values are not', (t) => {
  const draft = draftOf({ data: { same: { a: 1 }, gone: 1, none: 1, left: 1 } })
  const data = open(draft)
  data['same'] = { a: 1 }
  delete data['gone']
  data['none'] = undefined
  data['fresh'] = 'new'
  delete data['unknown']
  data['nothing'] = undefined
  data['noText'] = () => 1
  t.deepEqual(changed(draft), { gone: undefined, none: undefined, fresh: 'd"fresh":"new"' })
  t.is(saved(draft), '\nd"same":{"a":1}\nd"left":1\nd"fresh":"new"\n')
  t.deepEqual(Object.keys(data), ['same', 'none', 'left', 'fresh', 'nothing', 'noText'])
})

test('what is deleted and set again stands where it stood', (t) => {
  const draft = draftOf({ data: { a: 1, b: 2 } })
  const data = open(draft)
  delete data['a']
  t.false('a' in data)
  data['a'] = 3
  t.is(saved(draft), '\nd"a":3\nd"b":2\n')
  data['a'] = 1
  t.deepEqual(changed(draft), {})
})

test('a change deep inside is found', (t) => {
  const draft = draftOf({ data: { cart: { items: [{ n: 1 }] } } })
  const cart = draft.data.get('cart') as { items: { n: number }[] }
  cart.items[0]!.n = 2
  t.deepEqual(changed(draft), { cart: 'd"cart":{"items":[{"n":2}]}' })
  cart.items[0]!.n = 1
  t.deepEqual(changed(draft), {})
})

test('replacing makes the new values all there are', (t) => {
  const draft = draftOf({ data: { a: 1, b: 2 } })
  draft.data.replace({ b: 2, c: 3 })
  t.deepEqual(changed(draft), { a: undefined, c: 'd"c":3' })
})

test('what the serializer refuses is an error that names the key and not the value', (t) => {
  const draft = draftOf({})
  const circle: Values = { secret: 'hunter2' }
  circle['self'] = circle
  draft.data.set('circle', circle)
  const error = t.throws(() => draft.changes(), { code: 'ERR_SESSION_SERIALIZE', message: /'circle'/ })
  t.notRegex(error?.message ?? '', /hunter2/)
})

test('a gate that says no leaves a write out, and one that throws is heard', (t) => {
  const { draft } = draftOn(recordOf('\nd"a":1\n'), JSON, () => false)
  const data = open(draft)
  data['a'] = 2
  delete data['a']
  Object.defineProperty(data, 'b', { value: 1, writable: true, enumerable: true, configurable: true })
  t.deepEqual(draft.changes().lines, [])
  const shut = draftOn(recordOf('\nd"a":1\n'), JSON, () => {
    throw new Error('shut')
  })
  t.throws(() => (open(shut.draft)['a'] = 2), { message: 'shut' })
  t.throws(() => delete (shut.draft.data.face as Values)['a'], { message: 'shut' })
})

test('stored keys under reserved names are left out, told, and carried over as text', (t) => {
  const { draft, leftOut } = draftOn(recordOf('\nd"destroy":1\nd"__proto__":{"x":1}\nd"a":1\n'))
  const data = open(draft)
  t.deepEqual({ ...data }, { a: 1 })
  t.is(data['x'], undefined)
  t.deepEqual(leftOut, ['destroy', '__proto__'])
  data['a'] = 2
  t.is(saved(draft), '\nd"destroy":1\nd"__proto__":{"x":1}\nd"a":2\n')
})

// Names and values that could break a line

const NAMES: readonly string[] = [
  '',
  '"',
  '":',
  '\\',
  '\\"',
  '\n',
  'a\nd"b":1',
  '\r\n',
  'a:b',
  'd"x"',
  'ä€😀',
  '\ud800',
  '\udc00x',
  '\u2028\u2029',
  '\0\u001f',
  'constructor',
  'hasOwnProperty',
  'toString',
  '0',
  '1',
  ' ',
]
const VALUES: readonly unknown[] = [
  '',
  'a\nd"b":1\n',
  '"',
  ' \r\n\u2028',
  '\ud800',
  null,
  0,
  false,
  ['\n'],
  { '\n': 1 },
]
const INDENTING = { stringify: (value: unknown) => JSON.stringify(value, null, 1), parse: JSON.parse }
const PLAIN_TEXT = { stringify: String, parse: (text: string) => text }

for (const [what, serializer] of Object.entries({ JSON, 'JSON with line breaks': INDENTING })) {
  test(`names and values that could break a line, by ${what}, come back as they were`, (t) => {
    const { draft } = draftOn(undefined, serializer)
    const data = open(draft)
    const wanted: Values = {}
    for (const [index, name] of NAMES.entries()) data[name] = wanted[name] = VALUES[index % VALUES.length]
    const again = draftOf({}, serializer)
    again.reset(recordOf(saved(draft)))
    t.deepEqual({ ...open(again) }, wanted)
    t.deepEqual(again.data.names().toSorted(), NAMES.toSorted())
    t.deepEqual(changed(again), {})
    // Each can be found, replaced and taken out alone.
    for (const name of NAMES) {
      const one = draftOf({}, serializer)
      one.reset(recordOf(saved(draft)))
      one.data.set(name, 'x\ny')
      t.deepEqual(valuesIn(saved(one), 'd', serializer), { ...wanted, [name]: 'x\ny' })
      one.data.delete(name)
      const { [name]: _, ...rest } = wanted
      t.deepEqual(valuesIn(saved(one), 'd', serializer), rest)
    }
  })
}

test('flash and annotations take such names too, but no __proto__', (t) => {
  const { draft } = draftOn(undefined)
  for (const face of [faceOf(draft.flash) as Values, faceOf(draft.annotations) as Values]) {
    for (const name of NAMES) face[name] = name
    t.deepEqual(Object.keys(face).toSorted(), NAMES.toSorted())
    t.throws(() => (face['__proto__'] = { x: 1 }), { instanceOf: TypeError })
    t.is(face['x'], undefined)
  }
  t.deepEqual([...namedLines(saved(draft), 'f').keys()].toSorted(), NAMES.toSorted())
  t.deepEqual([...namedLines(saved(draft), 'a').keys()].toSorted(), NAMES.toSorted())
  t.deepEqual([...namedLines(saved(draft), 'd').keys()], [])
})

test('a text with a line break is quoted, and one that loses it is not', (t) => {
  const { draft } = draftOn(undefined, PLAIN_TEXT)
  draft.data.set('a', 'one\ntwo')
  save(draft)
  t.is(draft.lines.text, '\nD"a":"one\\ntwo"\n')
  t.is(draft.data.get('a'), 'one\ntwo')
  draft.data.set('a', 'three')
  save(draft)
  t.is(draft.lines.text, '\nd"a":three\n')
  draft.data.set('a', '')
  save(draft)
  t.is(draft.lines.text, '\nd"a":\n')
  draft.reset(recordOf(draft.lines.text))
  t.is(draft.data.get('a'), '')
  draft.flash.set('b', 'x\ny')
  draft.annotations.set('b', 'x\ny')
  save(draft)
  draft.reset(recordOf(draft.lines.text))
  t.is(draft.flash.get('b'), 'x\ny')
  t.is(draft.annotations.get('b'), 'x\ny')
})

// After a save

test('after a save the saved lines are what further changes are compared with', (t) => {
  const draft = draftOf({ data: { a: 1, list: [1] } })
  const list = draft.data.get('list') as number[]
  draft.data.set('a', 2)
  list.push(2)
  save(draft)
  t.deepEqual(changed(draft), {})
  t.is(draft.data.get('list'), list, 'the object that was handed out is still the one that counts')
  list.push(3)
  t.deepEqual(changed(draft), { list: 'd"list":[1,2,3]' })
  draft.data.set('a', 1)
  t.is(saved(draft), '\nd"a":1\nd"list":[1,2,3]\n')
})

test('what was written while the store was busy is still to be saved', (t) => {
  const draft = draftOf({ data: { a: 1, list: [1] } })
  const list = draft.data.get('list') as number[]
  draft.data.set('a', 2)
  draft.setLifetimes({ idleTimeout: 5 })
  const changes = draft.changes()
  const record = recordOf(draft.apply(changes).lines, { idleTimeout: 5 })
  draft.data.set('a', 3)
  draft.data.set('b', 1)
  list.push(2)
  draft.setLifetimes({ persistent: true })
  draft.committed(record, changes)
  t.deepEqual(changed(draft), { a: 'd"a":3', b: 'd"b":1', list: 'd"list":[1,2]' })
  t.like(draft.changes().lifetimes, { persistent: true })
})

test('two saves that overlap leave whole lines', (t) => {
  const draft = draftOf({ data: { a: 1, b: 'other' } })
  draft.data.set('a', 2)
  draft.data.set('c', 1)
  draft.data.delete('b')
  const first = draft.changes()
  const second = draft.changes()
  draft.committed(recordOf(draft.apply(first).lines), first)
  t.is(draft.apply(second).lines, '\nd"a":2\nd"c":1\n')
})

// When others have written too

test('a save over a newer record shows what others have written, and what this request has', (t) => {
  const draft = draftOf({ data: { mine: 1, theirs: 1, list: [1] } })
  const data = open(draft)
  data['mine'] = 2
  t.is(data['theirs'], 1)
  t.deepEqual(data['list'], [1])
  const lines = saveOver(draft, recordOf(linesOf({ data: { mine: 1, theirs: 2, list: [1, 2], fresh: 1 } })))
  t.deepEqual(valuesIn(lines), { mine: 2, theirs: 2, list: [1, 2], fresh: 1 })
  t.deepEqual({ ...data }, { mine: 2, theirs: 2, list: [1, 2], fresh: 1 })
  t.deepEqual(changed(draft), {})
})

test('writes that came during the wait stay on top, with the newer record below', (t) => {
  const draft = draftOf({ data: { a: 1, b: 1, list: [1], gone: 1 } })
  const data = open(draft)
  const list = data['list'] as number[]
  data['a'] = 2
  saveOver(draft, recordOf(linesOf({ data: { a: 1, b: 7, list: [1], gone: 1, other: 1 } })), () => {
    data['b'] = 3
    data['late'] = 1
    list.push(2)
    delete data['gone']
  })
  t.deepEqual({ ...data }, { a: 2, b: 3, list: [1, 2], other: 1, late: 1 })
  t.deepEqual(changed(draft), {
    b: 'd"b":3',
    late: 'd"late":1',
    list: 'd"list":[1,2]',
    gone: undefined,
  })
  t.deepEqual(valuesIn(saved(draft)), { a: 2, b: 3, list: [1, 2], other: 1, late: 1 })
})

test('what was changed inside during the wait is not lost, though others have changed it too', (t) => {
  const draft = draftOf({ data: { a: 1, list: [1] } })
  const list = draft.data.get('list') as number[]
  draft.data.set('a', 2)
  saveOver(draft, recordOf(linesOf({ data: { a: 1, list: [9] } })), () => list.push(2))
  t.is(draft.data.get('list'), list)
  t.deepEqual(valuesIn(saved(draft)), { a: 2, list: [1, 2] })
})

test('what others deleted is gone here, a change of it too', (t) => {
  const draft = draftOf({ data: { read: 1, written: 1, object: [1] } })
  const data = open(draft)
  t.is(data['read'], 1)
  t.deepEqual(data['object'], [1])
  data['written'] = 2
  t.is(saveOver(draft, recordOf('\n')), '\n')
  t.deepEqual({ ...data }, {})
  t.deepEqual(changed(draft), {})
})

for (const [what, result] of Object.entries({
  'another primitive': 5,
  'an object': { sum: 5 },
  nothing: undefined,
  'their value': 3,
  'my value': 2,
})) {
  for (const [kind, base, mine] of [
    ['an assigned value', 1, (draft: Draft) => draft.data.set('n', 2)],
    ['an object that was changed inside', [1], (draft: Draft) => (draft.data.get('n') as number[]).push(2)],
  ] as const) {
    test(`a resolver that makes ${what} of ${kind} is shown before the save, and then saved`, (t) => {
      const draft = draftOf({ data: { n: base } })
      mine(draft)
      const newest = recordOf('\nd"n":3\n')
      const changes = draft.changes()
      const { lines } = draft.apply(changes, newest, { n: () => result })
      draft.rebase(newest, changes, lines)
      t.deepEqual(draft.data.get('n'), result)
      t.is('n' in open(draft), result !== undefined)
      t.is(saved(draft), lines)
      t.deepEqual(valuesIn(lines), result === undefined ? {} : { n: result })
    })
  }
}

test('a newer record can be shown while the changes are still to be saved', (t) => {
  const draft = draftOf({
    data: { mine: 1, theirs: 1, gone: 1 },
    annotations: { a: 1 },
    deadlines: { mine: 9 },
  })
  draft.data.set('mine', 2)
  draft.data.delete('gone')
  draft.annotations.set('a', 2)
  draft.deadlines.set('mine', 7)
  t.is(draft.data.get('theirs'), 1)
  const newest = recordOf(
    linesOf({ data: { mine: 1, theirs: 2, gone: 1 }, annotations: { a: 1, b: 1 }, deadlines: { mine: 5 } }),
  )
  const changes = draft.changes()
  draft.rebase(newest, changes, draft.apply(changes, newest).lines)
  t.deepEqual({ ...open(draft) }, { mine: 2, theirs: 2 })
  t.is(draft.record, newest)
  t.deepEqual(changed(draft), { mine: 'd"mine":2', gone: undefined, a: 'a"a":2' })
  t.deepEqual(valuesIn(saved(draft), 'k'), { mine: 5 })
})

test('only what was assigned after a tick is told, if asked so', (t) => {
  const draft = draftOf({ data: { list: [1] } })
  ;(draft.data.get('list') as number[]).push(2)
  draft.data.set('a', 1)
  const { tick } = draft
  draft.data.set('b', 1)
  t.deepEqual(
    draft.changes(tick).lines.map(({ name }) => name),
    ['b'],
  )
})

// Beginning another session, or this one again

test('a session that keeps some keys begins with them as they are here, unsaved changes included', (t) => {
  const side: Side = {
    data: { cart: [1], user: 'ann', n: 1, gone: 1, read: [1] },
    flash: { note: 'x' },
    annotations: { bound: 1 },
    deadlines: { cart: 5, user: 6 },
  }
  const draft = draftOf(side)
  const cart = draft.data.get('cart') as number[]
  cart.push(2)
  t.is(draft.data.get('user'), 'ann')
  draft.data.set('n', 2)
  draft.data.delete('gone')
  draft.deadlines.set('n', 8)
  draft.deadlines.set('user', 9)
  const kept = draft.keeping((name) => name !== 'user')
  t.is(kept.record, undefined)
  t.deepEqual({ ...open(kept) }, { cart: [1, 2], n: 2, read: [1] })
  t.is(kept.data.get('cart'), cart)
  t.is(saved(kept), '\nk"n":8\nk"cart":5\nd"cart":[1,2]\nd"n":2\nd"read":[1]\n')
  t.deepEqual(
    kept.changes().lines.map(({ kind, name }) => kind + name),
    ['kn', 'dcart', 'dn', 'dgone'],
    'the stored lines are what they are compared with',
  )
  // The first draft goes on as it was.
  kept.data.set('n', 3)
  t.is(draft.data.get('n'), 2)
})

test('keeping none keeps nothing, not even what was assigned', (t) => {
  const draft = draftOf({ data: { a: 1 }, flash: { f: 1 }, annotations: { a: 1 }, deadlines: { a: 1 } })
  draft.data.set('b', 1)
  draft.flash.set('g', 1)
  draft.annotations.set('b', 1)
  draft.deadlines.set('b', 1)
  const kept = draft.keeping(() => false)
  t.is(saved(kept), '\n')
  t.deepEqual(kept.changes().lines, [])
})

test('what was loaded can be forgotten, which leaves what this request has assigned', (t) => {
  const draft = draftOf({
    data: { read: 1, changed: [1], assigned: 1, gone: 1 },
    flash: { waiting: 1 },
    annotations: { bound: 1 },
    deadlines: { read: 5 },
  })
  const data = open(draft)
  t.is(data['read'], 1)
  ;(data['changed'] as number[]).push(2)
  data['assigned'] = 2
  delete data['gone']
  draft.flash.look()
  draft.flash.sweep()
  draft.flash.set('mine', 1)
  draft.deadlines.set('assigned', 7)
  t.is(draft.annotations.get('bound'), 1)
  draft.forgetLoaded()
  t.is(draft.record, undefined)
  t.deepEqual({ ...data }, { assigned: 2 })
  t.is(saved(draft).replace(/\d{4,}/, 'MARK'), '\nk"assigned":7\nf"mine":MARK 1\nd"assigned":2\n')
})

test('a loaded object that was changed inside stays one that was loaded, whatever a resolver made of it', (t) => {
  const draft = draftOf({ data: { cart: [1] } })
  ;(draft.data.get('cart') as number[]).push(2)
  draft.data.set('other', 1)
  const newest = recordOf('\nd"cart":[3]\n')
  const changes = draft.changes()
  draft.rebase(newest, changes, draft.apply(changes, newest, { cart: () => [1, 2, 3] }).lines)
  t.deepEqual(draft.data.get('cart'), [1, 2, 3])
  draft.forgetLoaded()
  t.deepEqual({ ...open(draft) }, { other: 1 })
})

test('a draft that is reset shows the stored record, or nothing', (t) => {
  const draft = draftOf({ data: { a: 1, b: 1 }, flash: { f: 1 } })
  const data = open(draft)
  data['a'] = 2
  delete data['b']
  draft.flash.replace({})
  draft.setLifetimes({ idleTimeout: 5 })
  draft.reset(recordOf('\nd"a":3\n'))
  t.deepEqual({ ...data }, { a: 3 })
  t.deepEqual(draft.changes().lines, [])
  t.is(draft.changes().lifetimes, undefined)
  draft.reset()
  t.deepEqual({ ...data }, {})
  t.is(draft.record, undefined)
})

// Keys with deadlines

test('keys past their deadline are left out, with the deadlines, and that is no change', (t) => {
  const side = {
    data: { code: 1, later: 1, exact: 1, none: 1 },
    deadlines: { code: 4, later: 6, exact: 5, absent: 4 },
  }
  const draft = draftOf(side)
  const data = open(draft)
  t.is(data['code'], 1, 'nobody has expired anything yet')
  draft.expireKeys(5)
  t.deepEqual({ ...data }, { later: 1, exact: 1, none: 1 })
  t.deepEqual(draft.changes().lines, [])
  data['later'] = 2
  t.is(saved(draft), linesOf({ data: { later: 2, exact: 1, none: 1 }, deadlines: { later: 6, exact: 5 } }))
})

test('what has expired is left out of every record that follows', (t) => {
  const draft = draftOf({ data: { a: 1 } })
  draft.expireKeys(5)
  const newest = recordOf(linesOf({ data: { a: 1, code: 1 }, deadlines: { code: 4 } }))
  draft.data.set('a', 2)
  t.is(draft.apply(draft.changes(), newest).lines, '\nd"a":2\n')
  draft.rebase(newest, draft.changes(), '\nd"a":2\n')
  t.false(draft.data.has('code'))
  t.is(
    draft.kept(newest.lines, () => true),
    '\nd"a":1\n',
  )
  draft.reset(newest)
  t.deepEqual({ ...open(draft) }, { a: 1 })
  const kept = draft.keeping(() => true)
  kept.reset(newest)
  t.deepEqual({ ...open(kept) }, { a: 1 })
})

test('a key that was assigned before its old value expired stays', (t) => {
  const draft = draftOf({ data: { code: 1, seen: [1] }, deadlines: { code: 4, seen: 4 } })
  draft.data.set('code', 2)
  t.deepEqual(draft.data.get('seen'), [1])
  draft.expireKeys(5)
  t.deepEqual({ ...open(draft) }, { code: 2 })
  t.is(saved(draft), '\nd"code":2\n')
})

test('deadlines stand first, whatever came first, and keys with line breaks expire like others', (t) => {
  const { draft } = draftOn(undefined, INDENTING)
  draft.data.set('a\nb', { x: 1 })
  draft.deadlines.set('a\nb', 4)
  draft.data.set('c', 1)
  save(draft)
  t.regex(draft.lines.text, /^\nk"a\\nb":4\nD/)
  draft.expireKeys(5)
  t.is(draft.lines.text, '\nd"c":1\n')
})

test('a number of keys with a deadline are told apart by their whole name', (t) => {
  const data = { a: 1, 'a"': 1, 'a":1': 1, aa: 1 }
  const draft = draftOf({ data, deadlines: { 'a"': 4, a: 9 }, annotations: { 'a"': 1 }, flash: { 'a"': 1 } })
  draft.expireKeys(5)
  t.deepEqual({ ...open(draft) }, { a: 1, 'a":1': 1, aa: 1 })
  t.true(draft.annotations.has('a"'))
  t.true(draft.flash.has('a"'))
})

// Cost

/** How many characters are gone through by searches in texts while `work` runs. */
function searched(work: () => void): number {
  // oxlint-disable-next-line typescript/unbound-method -- they are called with the text as `this`
  const { indexOf, split } = String.prototype
  let count = 0
  Object.assign(String.prototype, {
    indexOf(this: string, what: string, from = 0) {
      const at = indexOf.call(this, what, from)
      count += (at === -1 ? this.length : at) - from
      return at
    },
    split(this: string, ...given: [string]) {
      count += this.length
      return Reflect.apply(split, this, given) as string[]
    },
  })
  try {
    work()
  } finally {
    Object.assign(String.prototype, { indexOf, split })
  }
  return count
}

test.serial('what 8 000 deadlines cost grows with their number, and not with its square', (t) => {
  const cost = (number: number): number =>
    searched(() => {
      const { draft } = draftOn(undefined)
      const arm = (offset: number): void => {
        for (let index = 0; index < number; index++)
          draft.deadlines.set(`key${index + 10_000}`, index + offset)
      }
      arm(1_000_000)
      save(draft)
      draft.expireKeys(1)
      arm(2_000_000)
      saveOver(draft, recordOf(draft.lines.text))
      arm(3_000_000)
      save(draft)
      draft.expireKeys(3_000_000 + number / 2)
    })
  const [few, many] = [cost(1_000), cost(8_000)]
  t.true(many < 10 * few, `${few} characters for 1 000, ${many} for 8 000`)
  t.log(`${few} characters searched for 1 000, ${many} for 8 000`)
})

test.serial('so it is with what reading, listing and changing all of many keys cost', (t) => {
  const cost = (number: number): number => {
    const data = Object.fromEntries(
      Array.from({ length: number }, (_, index) => [`key${index + 10_000}`, index]),
    )
    const lines = linesOf({ data })
    return searched(() => {
      const { draft } = draftOn(recordOf(lines))
      const shown = open(draft)
      for (const [name, value] of Object.entries(shown)) shown[name] = Number(value) + 1
      save(draft)
      draft.keeping(() => true)
    })
  }
  const [few, many] = [cost(1_000), cost(8_000)]
  t.true(many < 10 * few, `${few} characters for 1 000, ${many} for 8 000`)
})
