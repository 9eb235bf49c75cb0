import { inspect } from 'node:util'
import { SessionConfigError } from '../errors.ts'

/** `Expected cookie.sameSite to be 'lax' or 'strict', got 'Lax'`. */
export function wrongOption(option: string, expected: string, got: unknown): SessionConfigError {
  return new SessionConfigError(`Expected ${option} to be ${expected}, got ${describe(got)}`)
}

/** A value for a message: it can be a whole application, or a megabyte of text. */
export function describe(value: unknown): string {
  return inspect(value, { depth: 0, breakLength: Infinity, maxStringLength: 60, maxArrayLength: 4 })
}

/** What a value is, for messages that must not show it. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

/** An object that is a bag of properties, not an array, a Map or a Date. */
export function isPlainData(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && kindOf(value) === 'Object'
}
