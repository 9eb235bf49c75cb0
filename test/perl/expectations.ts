import { ownCookie, RULES } from './rules.ts'
import type { Json, Recorded, Scenario, Step, System } from './scenario.ts'

/** What we are to do in the steps of one scenario: what was recorded, turned by the general rules. */
export class Expectations {
  readonly #system: System
  readonly #bare: boolean
  readonly #tellsWrites: boolean
  readonly #sent = new Map<string, string>()
  /** Names of the rules that concerned something so far. */
  readonly applied = new Set<string>()

  /** `bare`: exactly what was recorded. */
  constructor(system: System, { config }: Scenario, bare: boolean) {
    this.#system = system
    this.#bare = bare
    // Plack writes always; Catalyst's calls are listed for its store in memory.
    this.#tellsWrites = system === 'catalyst' && config['store'] === undefined
  }

  /** Ask for the steps in their order. */
  of(step: Step): Recorded {
    const recorded = this.#withWrites(step.observed!)
    if (this.#bare) return recorded
    const past = new Map(this.#sent)
    const expected = this.#ruled(step, recorded, past)
    this.#note(recorded)
    return expected
  }

  #ruled(step: Step, recorded: Recorded, past: ReadonlyMap<string, string>): Recorded {
    let expected: Recorded = {
      ...recorded,
      results: recorded.results.map((result, at) => this.#innerRuled(step, at, result, past)),
    }
    for (const rule of RULES) {
      if (rule.system !== this.#system) continue
      const changed = rule.apply(step, expected, { sent: past })
      if (!changed) continue
      this.applied.add(rule.name)
      expected = changed
    }
    return expected
  }

  /** The result of `during` is what was observed of the request within: it knows what the outer one knew. */
  #innerRuled(step: Step, at: number, result: Json, past: ReadonlyMap<string, string>): Json {
    const [operation, inner] = step.ops[at] ?? []
    if (operation !== 'during') return result
    const recorded = this.#withWrites(result as unknown as Recorded)
    this.#note(recorded)
    return this.#ruled(inner as unknown as Step, recorded, past) as unknown as Json
  }

  #withWrites(recorded: Recorded): Recorded {
    if (!this.#tellsWrites) return recorded
    return {
      ...recorded,
      written: recorded.storeOps?.some((call) => call.startsWith('set session')) ?? false,
    }
  }

  #note(recorded: Recorded): void {
    const cookie = ownCookie(recorded)
    if (cookie) this.#sent.set(String(cookie.value), String(cookie.attributes['expires'] ?? ''))
  }
}
