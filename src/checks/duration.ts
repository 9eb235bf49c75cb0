import { warnOnce } from './warnings.ts'

const UNITS: Readonly<Record<Unit, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w'

/** A length of time: milliseconds, or a number with a unit: `'500ms'`, `'30s'`, `'20m'`, `'2h'`, `'7d'`, `'2w'`. */
export type Duration = number | `${number}${Unit}` | `${number} ${Unit}`

/** Lifetimes beyond this are refused: a hundred years, in milliseconds. */
export const LONGEST: number = 100 * 365.25 * 86_400_000

/** Timers take no longer delay, in milliseconds. */
export const LONGEST_TIMER: number = 2 ** 31 - 1

/** What a duration may look like, for messages. */
export const DURATION_FORMS = "milliseconds, or a string such as '30s', '20m', '2h', '7d'"

/**
 * The duration in milliseconds; `undefined` when it is none, negative, zero, or beyond a hundred years. With the
 * `name` of an option, a bare number under a second warns once: whoever wrote it may have thought of seconds.
 */
export function parseDuration(value: unknown, name?: string): number | undefined {
  const ms = typeof value === 'string' ? parseText(value) : value
  if (typeof ms !== 'number' || !(ms > 0 && ms <= LONGEST)) return undefined
  if (name !== undefined && ms < 1000 && typeof value === 'number') {
    warnOnce(
      'SESSION_BARE_NUMBER',
      `${name}: ${ms} means ${ms} milliseconds. Write '${ms}s' for seconds, or '${ms}ms' if that is what you mean.`,
      name,
    )
  }
  return ms
}

/** As people write it: `'2h'`, `'90s'`, `'1500ms'`. */
export function formatDuration(ms: number): string {
  const unit =
    (['d', 'h', 'm', 's'] as const).find((one) => ms > 0 && Number.isInteger(ms / UNITS[one])) ?? 'ms'
  return `${ms / UNITS[unit]}${unit}`
}

function parseText(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/.exec(text)
  return match ? Number(match[1]) * UNITS[match[2] as Unit] : undefined
}
