import { kindOf } from '../checks/messages.ts'
import { UnsupportedError } from '../errors.ts'
import type { Lock, SetResult, Stored } from '../stores/store.ts'

/*
 * What a store answers, checked before anybody draws conclusions from it: a `set` that returns nothing would else
 * look like a conflict, and a `touch` that does like a session that has ended.
 */

const STORED = 'undefined or { data, version, expiresAt }, two texts and a number'
const RESULT = '{ ok: true, version }, or { ok: false } where the condition does not hold'

export function checkGet(answer: unknown): Stored | undefined {
  if (isFound(answer)) return answer ?? undefined
  throw wrongAnswer('get', STORED, answer)
}

export function checkSet(answer: unknown): SetResult {
  if (isObject(answer)) {
    const { ok, version, current } = answer
    const fits = ok === true ? typeof version === 'string' : ok === false && isFound(current)
    if (fits) return answer as unknown as SetResult
  }
  throw wrongAnswer('set', RESULT, answer)
}

export function checkTouch(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw wrongAnswer('touch', 'true, or false without a record of this version', answer)
}

export function checkLock(answer: unknown): Lock {
  if (isObject(answer) && typeof answer['renew'] === 'function' && typeof answer['release'] === 'function')
    return answer as unknown as Lock
  throw wrongAnswer('lock', '{ renew, release }', answer)
}

export function checkSeal(answer: unknown): string {
  if (typeof answer === 'string' && answer !== '') return answer
  throw wrongAnswer('seal', 'a token, a text that is not empty', answer)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** A record, or none. */
function isFound(value: unknown): value is Stored | undefined | null {
  if (value === undefined || value === null) return true
  const { data, version, expiresAt } = value as Partial<Stored>
  return typeof data === 'string' && typeof version === 'string' && typeof expiresAt === 'number'
}

/** Says of what kind the answer is, and nothing of what it holds. */
function wrongAnswer(method: string, expected: string, answer: unknown): UnsupportedError {
  return new UnsupportedError(
    `Expected ${method} of the session store to return ${expected}, got ${shapeOf(answer)}. See docs/writing-a-store.md.`,
  )
}

function shapeOf(answer: unknown): string {
  if (answer === undefined) return 'nothing'
  if (typeof answer === 'boolean') return String(answer)
  if (!isObject(answer) || Array.isArray(answer)) return `a value of the kind ${kindOf(answer)}`
  const members = Object.entries(answer).map(([name, value]) => `${name.slice(0, 30)}: ${kindOf(value)}`)
  return `{ ${members.slice(0, 6).join(', ')} }`
}
