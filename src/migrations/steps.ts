import { SessionError } from '../index.ts'
import type { MigrationStep } from './options.ts'

type Data = Record<string, unknown>

/** @throws SessionError `ERR_SESSION_MIGRATION` when a step throws, or returns what can be no data. */
export function migrate(
  data: Data,
  steps: Readonly<Record<number, MigrationStep>>,
  from: number,
  version: number,
): Data {
  let current = data
  for (let to = from + 1; to <= version; to += 1) current = take(current, steps[to]!, to)
  return current
}

function take(data: Data, step: MigrationStep, to: number): Data {
  let made: unknown
  try {
    made = step(data)
  } catch (cause) {
    throw failed(to, 'has thrown an error', cause)
  }
  if (made === undefined) return data
  if (!isData(made)) throw failed(to, 'returned something that is no object of data (is it async?)')
  return made
}

/** An object of properties: no list, no promise, no Map, no instance of a class. */
function isData(value: unknown): value is Data {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function failed(to: number, what: string, cause?: unknown): SessionError {
  return new SessionError(
    'ERR_SESSION_MIGRATION',
    `The step to version ${to} of the session's data ${what}. The session is as it was.`,
    { cause },
  )
}
