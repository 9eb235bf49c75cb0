import assert from 'node:assert/strict'
import { SessionError } from '../../index.ts'
import { HOUR } from './trial.ts'
import type { Definition, Trial } from './trial.ts'

/** Each id is kept apart from all others, or refused with an error of this package. */
async function assertApart(trial: Trial, ids: readonly string[]): Promise<void> {
  const accepted: string[] = []
  for (const id of ids) if (await accepts(trial, id)) accepted.push(id)
  for (const id of accepted) {
    const shown = JSON.stringify(id.slice(0, 40))
    await trial.assertData(id, `data of ${id}`, `the id ${shown} holds the data of another`)
    assert.equal(await trial.touch(id, trial.from(2 * HOUR)), true, `touch did not find the id ${shown}`)
    assert.equal(await trial.store.delete(id), true, `delete did not find the id ${shown}`)
    await trial.assertGone(id, `the id ${shown} is still there after delete`)
  }
}

async function accepts(trial: Trial, id: string): Promise<boolean> {
  const shown = JSON.stringify(id.slice(0, 40))
  try {
    await trial.assertGone(id, `the id ${shown} has a record that was made under another`)
    const result = await trial.store.set(id, `data of ${id}`, trial.from(HOUR), 'absent')
    assert.ok(result.ok, `the id ${shown} was taken for another`)
    return true
  } catch (error) {
    if (error instanceof SessionError) return false
    throw error
  }
}

/** Ids apart by a bar. */
const apart = (name: string, ids: string): Definition => ({
  name,
  run: (trial) => assertApart(trial, ids.split('|')),
})

const LONG = [1, 255, 256, 300, 4_096].map((length) => 'x'.repeat(length))

export const hostileIds: readonly Definition[] = [
  apart(
    'ids that look like paths are ids like any other',
    './id|.|..|/|../id|../../etc/passwd|/etc/passwd|a/b|a/../b|id|id/|b|..\\id|a\\b|C:\\id|\\\\host\\id|' +
      '%2e%2e%2fid|~|~root|id.json|id.tmp|.id|id~|file:///etc/passwd',
  ),
  apart(
    'ids that differ in case or in Unicode form are different',
    'id|ID|Id|iD|é|e\u0301|ß|ss|SS|İ|i|ı|ﬁ|fi|K|k|\u212a',
  ),
  apart(
    'ids with blanks and control characters are different',
    'a|a | a|a\0|\0a|\0|a\0b|a\n|a\r\n|a\t| |\u00a0|\u200ba|a.|a..|\u007f|\u001b[0m',
  ),
  apart(
    'ids that are names of devices or of properties are ids like any other',
    'CON|con|NUL|aux|COM1|lpt1|__proto__|constructor|prototype|toString|hasOwnProperty|valueOf|undefined|' +
      'null|NaN|0|-0|1e3|1000|true|length',
  ),
  apart(
    'ids with the signs of query languages are ids like any other',
    "*|?|[a]|a*|a?|%|_|'|' OR '1'='1|\"|`|;|--|$ne|{a}|{b}|:|a:b|a\\|a,b|<a>|&|#|+|😀|\u{10ffff}",
  ),
  apart('empty ids and very long ids are different', ['', ...LONG, `${'x'.repeat(4_095)}y`].join('|')),
  apart('ids with lone surrogates are different', '\ud800|\ud801|\udc00|\ufffd|a\ud800|a\udfff'),
]
