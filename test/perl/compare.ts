import { isDeepStrictEqual } from 'node:util'
import type { Observed } from './play.ts'
import type { Cookie, Json, Operation, Recorded, Step } from './scenario.ts'
import type { Symbols } from './symbols.ts'

/** What we do where it is not what is expected, by its place: `'1.results.0'` is the first result of step 1. */
export type Deviations = Record<string, unknown>

/** Compares a step with what is expected of it, and gives the ids in it their symbols. */
export function compareStep(
  place: string,
  { ops, observed }: Step,
  expected: Recorded,
  ours: Observed,
  symbols: Symbols,
): Deviations {
  // Cookies first: an id in the results is then known by the symbol of its cookie.
  symbols.bind(expected.setCookie, ours.setCookie)
  symbols.bind(storedSymbol(observed!), ours.session)
  symbols.bind(expected.results, ours.results)
  return deviations(place, ops, expected, symbols.plain(ours) as Observed)
}

function deviations(
  place: string,
  ops: readonly Operation[],
  expected: Recorded,
  ours: Observed,
): Deviations {
  const found: Deviations = {}
  const field = (name: string, theirs: unknown, our: unknown): void => {
    if (!isDeepStrictEqual(theirs, our)) found[`${place}.${name}`] = our ?? null
  }
  field('status', expected.status, ours.status)
  for (let at = 0; at < Math.max(expected.results.length, ours.results.length); at++) {
    const [operation, argument] = ops[at] ?? []
    const [theirs, our] = [expected.results[at], ours.results[at]]
    if (operation !== 'during') field(`results.${at}`, theirs, our)
    else {
      const inner = argument as unknown as Step
      const within = `${place}.results.${at}`
      Object.assign(found, deviations(within, inner.ops, theirs as unknown as Recorded, our as Observed))
    }
  }
  field('setCookie', comparable(expected.setCookie), comparable(ours.setCookie))
  field('sidChanged', expected.sidChanged, ours.sidChanged)
  field('location', expected.location, ours.location)
  if (expected.body !== undefined) field('body', expected.body, ours.body)
  if (expected.written !== undefined) field('written', expected.written, ours.written)
  // Nothing that the recording reports as logged is an error of ours.
  field('errors', [], ours.errors)
  return found
}

/** A cookie that is cleared has no value and no date that matter; sealed records are never alike. */
function comparable(list: 'none' | readonly Cookie[]): unknown {
  if (list === 'none') return list
  return list.map(({ name, action, value, attributes: { expires, ...rest } }) => {
    if (action === 'cleared') return { name, action, attributes: rest }
    const shown = String(value).endsWith(':DATA:SIGNATURE') ? 'SEALED' : value
    return { name, action, value: shown, attributes: { ...rest, ...(expires !== undefined && { expires }) } }
  })
}

/** The id that was stored in the step: with a state that sends nothing, the only place where it appears. */
function storedSymbol({ storeOps = [] }: Recorded): Json | undefined {
  return storeOps
    .findLast((call) => /^(?:store|set session) /.test(call))
    ?.split(' ')
    .at(-1)
}
