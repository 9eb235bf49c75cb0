import test from 'ava'
import { formatLine } from '../src/draft/lines.ts'
import {
  formatRecord,
  formatTombstone,
  isTombstone,
  type Meta,
  NEVER,
  NO_LINES,
  parseRecord,
  type SessionRecord,
  type Tombstone,
} from '../src/record.ts'

const META: Meta = { createdAt: 1_764_000_000_000, updatedAt: 1_764_000_060_000 }
const OWN: Meta = {
  ...META,
  idleTimeout: 1_200_000,
  absoluteTimeout: 10_800_000,
  endsAt: 1_764_010_800_000,
  persistent: true,
}

/** Lines of all kinds, with names and values that are hard to take apart. */
const LINES = [
  '',
  formatLine('k', 'code', '1764000000000'),
  formatLine('k', 'a\nb', '1764000000001'),
  formatLine('f', 'note', '12345 "saved"'),
  formatLine('f', 'list', '1 [\n1\n]'),
  formatLine('a', 'boundAddress', '"192.0.2.1"'),
  formatLine('d', 'user', '"ann"'),
  formatLine('d', '', ''),
  formatLine('d', 'ä€😀', '"ä€😀 1s 1 2"'),
  formatLine('d', '"', '{\n  "x": 1\n}\n'),
  formatLine('d', '1t 1 1 e', '{"__proto__":null}'),
  '',
].join('\n')

const RECORDS: Readonly<Record<string, string>> = {
  'a session without data': formatRecord(META, NO_LINES),
  'a session with all kinds of lines': formatRecord(META, LINES),
  'a session with lifetimes of its own': formatRecord(OWN, LINES),
  'a session without lifetimes': formatRecord(
    { ...META, idleTimeout: false, absoluteTimeout: false, endsAt: NEVER, persistent: false },
    NO_LINES,
  ),
  'the tombstone of a session that moved': formatTombstone({ endedAt: 1_764_000_000_000, moved: true }),
  'a tombstone with a reason': formatTombstone({
    endedAt: 1_764_000_000_000,
    moved: false,
    endReason: 'logged out\n"elsewhere" ä€😀 \ud800',
  }),
}

const parse = (data: unknown): SessionRecord | Tombstone =>
  parseRecord('the-id', { data: data as string, version: '7', expiresAt: 3 })

for (const meta of [
  META,
  OWN,
  { ...META, idleTimeout: false },
  { ...META, absoluteTimeout: false, endsAt: NEVER },
  { ...META, persistent: false, idleTimeout: 5 },
  { createdAt: 0, updatedAt: -1 },
  { createdAt: 0.25, updatedAt: 1764000000000.5 },
] as const) {
  test(`a session comes back as it was formatted: ${JSON.stringify(meta)}`, (t) => {
    for (const lines of [NO_LINES, LINES]) {
      const record = parse(formatRecord(meta, lines))
      t.deepEqual(record, { id: 'the-id', version: '7', expiresAt: 3, meta, lines } as SessionRecord)
      t.false(isTombstone(record))
    }
  })
}

for (const endReason of [undefined, '', 'logged out', 'a\nb', '"', '\ud800ä€😀']) {
  test(`a tombstone comes back as it was formatted, with the reason ${JSON.stringify(endReason)}`, (t) => {
    for (const moved of [true, false]) {
      const record = parse(formatTombstone({ endedAt: 4, moved, endReason }))
      t.deepEqual(record, { endedAt: 4, moved, endReason })
      t.true(isTombstone(record))
    }
  })
}

test('the first line tells the form, the length of the rest, and times that can be read', (t) => {
  t.is(formatRecord(META, '\nd"a":1\n'), '1s 8 1764000000000 1764000060000\nd"a":1\n')
  t.is(formatRecord(OWN, NO_LINES), '1s 1 1764000000000 1764000060000 i1200000 a10800000@1764010800000 p1\n')
  t.is(formatTombstone({ endedAt: 5, moved: false, endReason: 'x' }), '1t 5 5 e\n"x"\n')
})

for (const [what, whole] of Object.entries(RECORDS)) {
  const bytes = Buffer.from(whole)

  test(`${what}, cut at any byte, is corrupt`, (t) => {
    t.notThrows(() => parse(whole))
    for (let end = 0; end < bytes.length; end++) {
      const cut = bytes.subarray(0, end).toString()
      t.throws(() => parse(cut), { code: 'ERR_SESSION_CORRUPT', message: /the-id/ }, JSON.stringify(cut))
    }
    // A character more or less is not always a byte.
    for (let end = 0; end < whole.length; end++)
      t.throws(() => parse(whole.slice(0, end)), { code: 'ERR_SESSION_CORRUPT' })
  })

  test(`${what} without its beginning is corrupt`, (t) => {
    for (let start = 1; start <= bytes.length; start++)
      t.throws(() => parse(bytes.subarray(start).toString()), { code: 'ERR_SESSION_CORRUPT' })
  })

  test(`${what} with something before or after it is corrupt`, (t) => {
    for (const more of ['\n', ' ', '\0', 'd"a":1\n', whole]) {
      t.throws(() => parse(whole + more), { code: 'ERR_SESSION_CORRUPT' })
      t.throws(() => parse(more + whole), { code: 'ERR_SESSION_CORRUPT' })
    }
  })

  test(`${what} with a line less, or with a hole, is corrupt`, (t) => {
    const lines = whole.split('\n')
    for (let index = 0; index < lines.length - 1; index++)
      t.throws(() => parse(lines.toSpliced(index, 1).join('\n')), { code: 'ERR_SESSION_CORRUPT' })
    for (let hole = 0; hole < bytes.length; hole += 7) {
      const left = Buffer.concat([bytes.subarray(0, hole), bytes.subarray(hole + 7)])
      if (hole < whole.indexOf('\n')) continue
      t.throws(() => parse(left.toString()), { code: 'ERR_SESSION_CORRUPT' })
    }
  })
}

for (const [what, data] of Object.entries({
  'an empty text': '',
  'a line break': '\n',
  JSON: '{"user":"ann"}',
  'JSON in lines': '{"createdAt":1,"updatedAt":2}\n{}',
  'the next version of a session': '2s 1 1 2\n',
  'the next version of a tombstone': '2t 1 1 e\n',
  'a later version': '10s 1 1 2\n',
  'a kind that is not known': '1i 1 1 2\n',
  'a kind that an object has': '__proto__ 1 1 2\n',
  'a length that is too small': '1s 7 1 2\nd"a":1\n',
  'a length that is too large': '1s 9 1 2\nd"a":1\n',
  'a length that is none': '1s x 1 2\nd"a":1\n',
  'no length': '1s\n',
  'an empty length': '1s  1 2\n',
  'no times': '1s 1\n',
  'one time': '1s 1 1\n',
  'a time that is none': '1s 1 1 now\n',
  'a time that is NaN': '1s 1 NaN 2\n',
  'a time without end': '1s 1 1 Infinity\n',
  'an empty time': '1s 1  2\n',
  'a lifetime of no kind': '1s 1 1 2 x5\n',
  'a lifetime that is a text': '1s 1 1 2 i2h\n',
  'a lifetime that is empty': '1s 1 1 2 i\n',
  'a lifetime below zero': '1s 1 1 2 i-5\n',
  'an absolute lifetime below zero': '1s 1 1 2 a-5@9\n',
  'an absolute lifetime without its end': '1s 1 1 2 a5\n',
  'an absolute lifetime with an end that is none': '1s 1 1 2 a5@soon\n',
  'a persistence that is neither': '1s 1 1 2 p2\n',
  'a space too much': '1s 1 1 2 \n',
  'a last line that does not end': '1s 7 1 2\nd"a":1',
  'a tombstone without a time': '1t 1\n',
  'a tombstone of no kind': '1t 1 1 x\n',
  'a tombstone without a kind': '1t 1 1\n',
  'a tombstone whose reason is no text': '1t 3 1 e\n5\n',
  'a tombstone whose reason does not parse': '1t 4 1 e\n"x\n',
})) {
  test(`corrupt: ${what}`, (t) => {
    t.throws(() => parse(data), { code: 'ERR_SESSION_CORRUPT', message: /the-id/ })
  })
}

for (const data of [undefined, null, 5, {}, ['1s 1 1 2\n'], Buffer.from('1s 1 1 2\n')]) {
  test(`corrupt: ${Object.prototype.toString.call(data)} in the place of the text`, (t) => {
    t.throws(() => parse(data), { code: 'ERR_SESSION_CORRUPT' })
  })
}

test('the message says nothing of what stood there', (t) => {
  const error = t.throws(() => parse('hunter2'), { code: 'ERR_SESSION_CORRUPT' })
  t.notRegex(error?.message ?? '', /hunter2/)
})
