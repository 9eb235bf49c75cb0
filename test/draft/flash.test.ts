import test from 'ava'
import type { Draft } from '../../src/draft/draft.ts'
import { faceOf } from '../../src/draft/face.ts'
import { draftOf, draftOn, linesOf, recordOf, type Values, valuesIn } from './helpers.ts'

const open = (draft: Draft): Values => faceOf(draft.flash) as Values
const saved = (draft: Draft): Values => valuesIn(draft.apply(draft.changes()).lines, 'f')
const marked = (mark: number, value: unknown, name = 'note'): string =>
  `\nf${JSON.stringify(name)}:${mark} ${JSON.stringify(value)}\n`

const waiting = (): Draft => draftOf({ flash: { note: 'saved', list: [1] } })

const LOOKS: Readonly<Record<string, (flash: Values) => unknown>> = {
  reading: ({ note }) => note,
  'reading what is not there': ({ other }) => other,
  testing: (flash) => 'note' in flash,
  listing: (flash) => Object.keys(flash),
  copying: (flash) => ({ ...flash }),
  'turning it into text': (flash) => JSON.stringify(flash),
}

for (const [what, look] of Object.entries(LOOKS)) {
  test(`${what} is a look: what waited is swept, and still seen by this request`, (t) => {
    const draft = waiting()
    look(open(draft))
    t.true(draft.flash.looked)
    draft.flash.sweep()
    t.deepEqual(saved(draft), {})
    t.deepEqual({ ...open(draft) }, { note: 'saved', list: [1] })
  })
}

test('assigning and deleting alone are no look, and what waits goes on waiting', (t) => {
  const draft = waiting()
  open(draft)['other'] = 1
  delete open(draft)['list']
  t.false(draft.flash.looked)
  draft.flash.sweep()
  t.deepEqual(saved(draft), { note: 'saved', other: 1 })
})

test('nothing waits but what this request has not put there', (t) => {
  t.true(waiting().flash.waits)
  const { draft } = draftOn(undefined)
  t.false(draft.flash.waits)
  draft.flash.set('note', 1)
  t.false(draft.flash.waits)
})

test('what was assigned again stays, be it an equal value, and so does what was changed inside', (t) => {
  const draft = waiting()
  const flash = open(draft)
  const { note } = flash
  flash['note'] = note
  ;(flash['list'] as number[]).push(2)
  draft.flash.sweep()
  t.deepEqual(saved(draft), { note: 'saved', list: [1, 2] })
})

test('an assignment is a change, be it of an equal value', (t) => {
  const draft = waiting()
  draft.flash.set('note', 'saved')
  const [change] = draft.changes().lines
  t.regex(change?.after ?? '', /^f"note":[1-9]\d* "saved"$/)
  t.is(draft.changes().lines[0]?.after, change?.after, 'its mark is drawn once')
})

test('what is kept outlasts one more look', (t) => {
  const draft = waiting()
  draft.flash.keep(['note', 'unknown'])
  t.false(draft.flash.looked, 'keeping is no look')
  draft.flash.look()
  draft.flash.sweep()
  t.deepEqual(saved(draft), { note: 'saved' })
})

test('clearing empties it and beats keeping; what is set afterwards stays', (t) => {
  const draft = draftOf({ flash: { note: 'saved', list: [1] }, data: { note: 1 }, annotations: { note: 1 } })
  draft.flash.keep(['note'])
  draft.flash.set('mine', 1)
  draft.flash.replace({})
  t.deepEqual({ ...open(draft) }, {})
  draft.flash.set('after', 1)
  draft.flash.sweep()
  t.deepEqual(saved(draft), { after: 1 })
  t.deepEqual(valuesIn(draft.apply(draft.changes()).lines), { note: 1 })
})

test('a deleted message is gone, though it was swept or kept', (t) => {
  const draft = waiting()
  draft.flash.look()
  draft.flash.keep(['list'])
  draft.flash.sweep()
  delete open(draft)['note']
  delete open(draft)['list']
  t.deepEqual({ ...open(draft) }, {})
  t.deepEqual(saved(draft), {})
})

test('what is set after the sweep stays', (t) => {
  const draft = waiting()
  draft.flash.look()
  draft.flash.sweep()
  draft.flash.set('note', 'again')
  t.deepEqual(saved(draft), { note: 'again' })
})

test('a swept flash is saved once', (t) => {
  const draft = waiting()
  draft.flash.look()
  draft.flash.sweep()
  const changes = draft.changes()
  t.is(changes.lines.length, 2)
  draft.committed(recordOf(draft.apply(changes).lines), changes)
  t.deepEqual(draft.changes().lines, [])
  t.deepEqual({ ...open(draft) }, { note: 'saved', list: [1] }, 'it is still seen')
})

for (const value of ['saved', { text: 'saved' }]) {
  const kind = typeof value

  /** Shows and sweeps a message, while another request stores `newest`. */
  const overtaken = (newest: string): Draft => {
    const draft = draftOf({ flash: { note: value } })
    draft.flash.look()
    draft.flash.get('note')
    draft.flash.sweep()
    const changes = draft.changes()
    const { lines } = draft.apply(changes, recordOf(newest))
    draft.rebase(recordOf(lines), changes)
    return draft
  }

  test(`a new message that another request puts in the place of a swept ${kind} waits, and is seen`, (t) => {
    for (const message of ['new', value, { text: 'new' }]) {
      const draft = overtaken(marked(7, message))
      t.is(draft.lines.text, marked(7, message))
      t.deepEqual(draft.flash.get('note'), message)
      t.deepEqual(draft.changes().lines, [], 'nothing of this request is left to be saved')
      draft.flash.sweep()
      t.deepEqual(draft.changes().lines, [], 'it was not there when this request looked')
    }
  })

  test(`a swept ${kind} that another request has swept too is still seen here`, (t) => {
    const draft = overtaken('\n')
    t.is(draft.lines.text, '\n')
    t.deepEqual(draft.flash.get('note'), value)
    t.deepEqual(draft.changes().lines, [])
  })

  test(`a swept ${kind} is gone when another request has written something else`, (t) => {
    const draft = overtaken(linesOf({ data: { x: 1 }, flash: { note: value, other: 1 } }))
    t.deepEqual(valuesIn(draft.lines.text, 'f'), { other: 1 })
    t.deepEqual({ ...open(draft) }, { note: value, other: 1 })
    t.deepEqual(draft.changes().lines, [])
  })
}

test('what this request looked at before others wrote is swept afterwards; what they added is not', (t) => {
  const draft = waiting()
  draft.flash.look()
  draft.data.set('x', 1)
  const newest = recordOf(
    linesOf({ flash: { note: 'saved', list: [1], fresh: 1 } }).replace('"list":0', '"list":9'),
  )
  const changes = draft.changes()
  const { lines } = draft.apply(changes, newest)
  draft.rebase(recordOf(lines), changes)
  draft.flash.sweep()
  t.deepEqual(saved(draft), { list: [1], fresh: 1 })
})

test('what others have swept since this request listed the messages is nothing to sweep', (t) => {
  const draft = waiting()
  t.deepEqual(Object.keys(open(draft)), ['note', 'list'])
  draft.data.set('x', 1)
  const changes = draft.changes()
  const { lines } = draft.apply(changes, recordOf('\n'))
  draft.rebase(recordOf(lines), changes)
  t.notThrows(() => draft.flash.sweep())
  t.deepEqual(saved(draft), {})
})

test('two requests put different messages: both wait; the same one: the later save', (t) => {
  const draft = draftOf({})
  draft.flash.set('mine', 1)
  draft.flash.set('both', 'mine')
  const { lines } = draft.apply(draft.changes(), recordOf(linesOf({ flash: { both: 'theirs', theirs: 1 } })))
  t.deepEqual(valuesIn(lines, 'f'), { both: 'mine', theirs: 1, mine: 1 })
})

test('a message is sent to nobody who only keeps some keys of the session', (t) => {
  const draft = waiting()
  draft.flash.set('mine', 1)
  t.deepEqual({ ...open(draft.keeping(() => true)) }, {})
})

test('a message that the serializer has no text for is not there', (t) => {
  const draft = draftOf({})
  draft.flash.set('note', undefined)
  draft.flash.set('noText', () => 1)
  t.deepEqual(saved(draft), {})
})

test('a message that does not parse is thrown where it is read, and by the sweep', (t) => {
  const { draft, corrupt } = draftOn(recordOf('\nf"note":3 {\n'))
  t.throws(() => open(draft)['note'], { code: 'ERR_SESSION_CORRUPT', message: /flash\.note/ })
  t.is(corrupt.length, 1)
  t.throws(() => draft.flash.sweep(), { code: 'ERR_SESSION_CORRUPT' })
})
