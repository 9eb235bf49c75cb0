import { inspect } from 'node:util'
import { SessionConfigError } from '../errors.ts'
import { nearest } from './nearest.ts'

/** `Unknown option 'cookie.samesite'. Did you mean 'cookie.sameSite'?` `where`: what the options are those of. */
export function unknownOption(
  where: string | undefined,
  key: string,
  names: readonly string[],
  hint?: string,
): SessionConfigError {
  const full = (name: string): string => (where === undefined ? name : `${where}.${name}`)
  const near = nearest(key, names)
  const advice =
    hint ?? (near === undefined ? `Expected one of ${names.join(', ')}.` : `Did you mean '${full(near)}'?`)
  return new SessionConfigError(`Unknown option '${full(key.slice(0, 60))}'. ${advice}`)
}

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
