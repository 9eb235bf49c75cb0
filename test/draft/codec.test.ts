import test from 'ava'
import superjson from 'superjson'
import { decodeRecord, encodeRecord, type RecordContent } from '../../src/draft/codec.ts'
import { Draft } from '../../src/draft/draft.ts'
import { CorruptRecordError } from '../../src/errors.ts'
import { formatRecord, formatTombstone, parseRecord, type SessionRecord } from '../../src/record.ts'

const plain = (content: RecordContent): unknown => structuredClone(JSON.parse(JSON.stringify(content)))

const CONTENT: RecordContent = {
  meta: { createdAt: 1, updatedAt: 2, idleTimeout: 3, absoluteTimeout: false, endsAt: 4, persistent: true },
  data: { user: 'Ann', cart: [{ tea: 1 }], none: null, 'a "quoted"\nname': 'two\nlines', '': 0 },
  flash: { notice: 'Saved', list: ['a', 'b'] },
  annotations: { audit: { by: 'x' } },
  deadlines: { cart: 5 },
  marks: { notice: 6, list: 7 },
}

test('what was encoded is decoded', (t) => {
  t.deepEqual(plain(decodeRecord(encodeRecord(CONTENT))), plain(CONTENT))
})

test('an empty session is a record without lines', (t) => {
  const empty = { ...CONTENT, data: {}, flash: {}, annotations: {}, deadlines: {}, marks: {} }
  t.is(encodeRecord(empty), formatRecord(CONTENT.meta, '\n'))
  t.deepEqual(plain(decodeRecord(encodeRecord(empty))), plain(empty))
})

test('what a draft wrote is decoded, and what was encoded is read by a draft', (t) => {
  const text = encodeRecord(CONTENT)
  const record = parseRecord('id', { data: text, version: '1', expiresAt: 9 })
  const draft = new Draft(
    { serializer: JSON, mayWrite: () => true, corrupt: () => {}, leftOut: () => {} },
    record as SessionRecord,
  )
  t.deepEqual(draft.data.names(), Object.keys(CONTENT.data))
  for (const [name, value] of Object.entries(CONTENT.data)) t.deepEqual(draft.data.get(name), value)
  t.is(draft.flash.get('notice'), 'Saved')
  t.deepEqual(draft.annotations.get('audit'), { by: 'x' })
})

test('a key __proto__ is a key like any other', (t) => {
  const text = formatRecord(CONTENT.meta, '\nd"__proto__":{"x":1}\n')
  const { data } = decodeRecord(text)
  t.deepEqual(Object.keys(data), ['__proto__'])
  t.is(encodeRecord(decodeRecord(text)), text)
})

test('what has no text is left out', (t) => {
  const data = { kept: 1, gone: undefined, method: () => 1 }
  t.deepEqual(Object.keys(decodeRecord(encodeRecord({ ...CONTENT, data })).data), ['kept'])
})

test('a message without a mark is given one', (t) => {
  const { marks } = decodeRecord(encodeRecord({ ...CONTENT, marks: {} }))
  t.true(Number.isSafeInteger(marks['notice']))
})

test('another serializer can be used', (t) => {
  const data = { seen: new Set([1]), at: new Date(5) }
  const text = encodeRecord({ ...CONTENT, data }, superjson)
  t.deepEqual({ ...decodeRecord(text, superjson).data }, data)
})

for (const [name, text] of Object.entries({
  'text of another program': '{"user":"Ann"}',
  'a tombstone': formatTombstone({ endedAt: 1, moved: false }),
  'a value that is no JSON': formatRecord(CONTENT.meta, '\nd"user":Ann\n'),
  'a line without a name': formatRecord(CONTENT.meta, '\nduser\n'),
})) {
  test(`${name} is not decoded`, (t) => {
    t.throws(() => decodeRecord(text), { instanceOf: CorruptRecordError })
  })
}
