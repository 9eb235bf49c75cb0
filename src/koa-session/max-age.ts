/** Milliseconds, or `'session'`: as long as the browser runs. */
export type MaxAge = number | 'session'

export function isMaxAge(value: unknown): value is MaxAge {
  return value === 'session' || (typeof value === 'number' && !Number.isNaN(value))
}
