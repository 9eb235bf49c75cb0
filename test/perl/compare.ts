import { isDeepStrictEqual } from 'node:util'
import type { Observed } from './play.ts'
import { ownCookie, type Past, RULES } from './rules.ts'
import type { Cookie, Json, Recorded, Step, System } from './scenario.ts'
import type { Symbols } from './symbols.ts'

/** What we do where it is not what is expected, by its place: `'1.results.0'`. */
export type Deviations = Record<string, Json>

/** Compares one scenario, step by step. */
export class Comparison {
  readonly #system: System
  readonly #bare: boolean
  readonly #sent = new Map<string, string>()
  /** Names of the general rules that something recorded fell under. */
  readonly applied = new Set<string>()
  readonly deviations: Deviations = {}

  constructor(system: System, bare: boolean) {
    this.#system = system
    this.#bare = bare
  }

  step(index: number, step: Step, ours: Observed, symbols: Symbols): void {
    const recorded = step.observed!
    // Cookies first: an id in the results is then known by the symbol of its cookie.
    symbols.bind(recorded.setCookie, ours.setCookie)
    symbols.bind(storedSymbol(recorded), ours.session)
    symbols.bind(recorded.results, ours.results)
    const past: Past = { sent: new Map(this.#sent) }
    this.#compare(String(index), step, recorded, symbols.plain(ours) as Observed, past)
  }

  #compare(place: string, step: Step, recorded: Recorded, ours: Observed, past: Past): void {
    const expected = this.#bare ? recorded : this.#ruled(step, recorded, past)
    const cookie = ownCookie(recorded)
    if (cookie) this.#sent.set(String(cookie.value), String(cookie.attributes['expires'] ?? ''))

    this.#field(`${place}.status`, expected.status, ours.status)
    for (let at = 0; at < Math.max(expected.results.length, ours.results.length); at++) {
      const [operation, argument] = step.ops[at] ?? []
      const [theirs, our] = [expected.results[at], ours.results[at]]
      if (operation === 'during') {
        const inner = argument as unknown as Step
        this.#compare(`${place}.results.${at}`, inner, theirs as unknown as Recorded, our as Observed, past)
      } else this.#field(`${place}.results.${at}`, theirs, our)
    }
    this.#field(`${place}.setCookie`, cookies(expected.setCookie), cookies(ours.setCookie))
    this.#field(`${place}.sidChanged`, expected.sidChanged, ours.sidChanged)
    this.#field(`${place}.location`, expected.location, ours.location)
    if (expected.body !== undefined) this.#field(`${place}.body`, expected.body, ours.body)
    this.#field(`${place}.errors`, [], ours.errors)
  }

  #ruled(step: Step, recorded: Recorded, past: Past): Recorded {
    let expected = recorded
    for (const rule of RULES) {
      if (rule.system !== this.#system) continue
      const changed = rule.apply(step, expected, past)
      if (!changed) continue
      this.applied.add(rule.name)
      expected = changed
    }
    return expected
  }

  #field(place: string, expected: unknown, ours: unknown): void {
    if (!isDeepStrictEqual(expected, ours)) this.deviations[place] = (ours ?? null) as Json
  }
}

/** A cookie that is cleared has no value and no date that matter. Sealed records are never alike. */
function cookies(list: 'none' | readonly Cookie[]): unknown {
  if (list === 'none') return list
  return list.map(({ name, action, value, attributes: { expires, ...rest } }) =>
    action === 'cleared'
      ? { name, action, attributes: rest }
      : {
          name,
          action,
          value: String(value).endsWith(':DATA:SIGNATURE') ? 'SEALED' : value,
          attributes: { ...rest, ...(expires !== undefined && { expires }) },
        },
  )
}

/** The id that was stored in the step: with a state that sends nothing, the only place where it appears. */
function storedSymbol({ storeOps = [] }: Recorded): string | undefined {
  return storeOps.findLast((call) => /^(?:store|set session) /.test(call))?.split(' ').at(-1)
}
