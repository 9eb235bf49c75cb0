import test from 'ava'
import { formatRecord, formatTombstone, type Meta, parseRecord } from '../src/record.ts'

const META: Meta = { createdAt: 1, updatedAt: 2 }

const parse = (head: unknown, body = '\n{}'): unknown =>
  parseRecord('id', { data: JSON.stringify(head) + body, version: '1', expiresAt: 3 })

test('what was formatted is parsed', (t) => {
  const meta = { ...META, idleTimeout: 5, keyDeadlines: { a: 6 }, boundAddress: '::1' }
  const data = formatRecord(meta, 'body')
  t.deepEqual(parseRecord('id', { data, version: '1', expiresAt: 3 }), {
    id: 'id',
    version: '1',
    expiresAt: 3,
    meta,
    body: 'body',
  })
  const tombstone = { endedAt: 4, moved: true }
  t.deepEqual(parseRecord('id', { data: formatTombstone(tombstone), version: '1', expiresAt: 3 }), tombstone)
})

for (const [name, head] of Object.entries({
  'a time that is none': { ...META, createdAt: null },
  'a save that never was': { createdAt: 1 },
  'a lifetime that is a text': { ...META, idleTimeout: '2h' },
  'a lifetime below zero': { ...META, absoluteTimeout: -1 },
  'an address that is a number': { ...META, boundAddress: 127 },
  'a user agent that is a list': { ...META, boundUserAgent: [] },
  'key deadlines that are null': { ...META, keyDeadlines: null },
  'flash marks that are a list': { ...META, flashMarks: [] },
  'a list': [],
  nothing: null,
})) {
  test(`${name} in the place of the metadata is damage, not a failure`, (t) => {
    t.throws(() => parse(head), { code: 'ERR_SESSION_CORRUPT' })
  })
}

test('metadata without a body are damage', (t) => {
  t.throws(() => parse(META, ''), { code: 'ERR_SESSION_CORRUPT' })
})
