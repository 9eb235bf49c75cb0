import { hash } from 'node:crypto'
import { inspect } from 'node:util'
import { SessionConfigError } from '../index.ts'

/** Longest subject, in bytes of UTF-8. */
const LONGEST_SUBJECT = 1024
/** Longest label and reason, in characters. */
const LONGEST_TEXT = 200
const CONTROL = /\p{Cc}/u

/** A value for a message, which is never that of a subject. */
export function show(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60, maxArrayLength: 4 })
}

export function wrong(option: string, expected: string, got: unknown): SessionConfigError {
  return new SessionConfigError(`Expected ${option} of accountSessions to be ${expected}, got ${show(got)}.`)
}

/** @throws TypeError that does not show the value, which says who somebody is. */
export function checkSubject(subject: unknown): string {
  if (typeof subject !== 'string')
    throw new TypeError(
      `Expected a subject to be a string, got a value of the type ${typeof subject}. Is a String(…) missing?`,
    )
  const size = Buffer.byteLength(subject)
  if (size === 0 || size > LONGEST_SUBJECT)
    throw new TypeError(`Expected a subject of 1 to ${LONGEST_SUBJECT} bytes, got ${size} bytes.`)
  return subject
}

/** A text that is shown to people. @throws TypeError */
export function checkText(what: string, text: unknown): string {
  if (typeof text !== 'string') throw new TypeError(`Expected ${what} to be a string, got ${show(text)}.`)
  if (text.length > LONGEST_TEXT)
    throw new TypeError(`Expected ${what} of at most ${LONGEST_TEXT} characters, got ${text.length}.`)
  if (CONTROL.test(text))
    throw new TypeError(`Expected ${what} without control characters, got ${show(text)}.`)
  return text
}

/** @throws TypeError */
export function checkId(what: string, id: unknown): string {
  if (typeof id === 'string' && id !== '') return id
  throw new TypeError(`Expected ${what} to be the id of a session, got ${show(id)}.`)
}

/** What stands for a subject in stores: it can be guessed by whoever knows the subjects, so do not log it. */
export function digestOf(purpose: string, subject: string): string {
  return hash('sha256', `koa-session-pipeline/accounts\n${purpose}\n${subject}`, 'base64url')
}
