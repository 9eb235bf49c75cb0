/** A session, or a message token, as one of our results names it. `secret` is what a client has to show. */
export class Named {
  readonly key: string
  readonly secret: string

  constructor(key: string, secret: string = key) {
    this.key = key
    this.secret = secret
  }
}

const SYMBOL = /^[SM]\d+$/

/** Ids of the recording that no server ever issued are well-formed for Perl: ours have 43 characters. */
const NEVER_ISSUED = /\b[\da-f]{40}\b/g
const TOKEN_LENGTH = 43

/**
 * The recording names ids by symbols, `S1`, `S2` … and message tokens `M1` …, in the order of their
 * appearance. A symbol and one of our ids that stand in the same place for the first time belong together from
 * then on. Ids of ours that the recording does not know are called `N1`, `N2` …
 */
export class Symbols {
  readonly #named = new Map<string, Named>()
  readonly #symbols = new Map<string, string>()
  #unknown = 0

  /** Takes note of the pairs that stand in the same places. */
  bind(recorded: unknown, ours: unknown): void {
    if (ours instanceof Named) {
      if (typeof recorded !== 'string' || !SYMBOL.test(recorded)) return
      if (this.#named.has(recorded) || this.#symbols.has(ours.key)) return
      this.#named.set(recorded, ours)
      this.#symbols.set(ours.key, recorded)
    } else if (isObject(recorded) && isObject(ours)) {
      for (const key of Object.keys(ours)) this.bind(recorded[key], ours[key])
    }
  }

  /** The value with symbols in the place of ids. */
  plain(value: unknown): unknown {
    if (value instanceof Named) return this.#symbolOf(value)
    if (Array.isArray(value)) return value.map((each) => this.plain(each))
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [this.#symbols.get(key) ?? key, this.plain(each)]),
    )
  }

  /** The text of a request with real secrets in the place of `$S1`, `$M1`. */
  fill(text: string): string {
    return text
      .replaceAll(/\$([SM]\d+)/g, (_, symbol: string) => this.#secretOf(symbol))
      .replaceAll(NEVER_ISSUED, (id) => id.padEnd(TOKEN_LENGTH, '_'))
  }

  /** Well-formed, but never issued, when none of our sessions corresponds to the symbol. */
  #secretOf(symbol: string): string {
    return this.#named.get(symbol)?.secret ?? symbol.padEnd(TOKEN_LENGTH, '_')
  }

  #symbolOf({ key }: Named): string {
    let symbol = this.#symbols.get(key)
    if (symbol === undefined) {
      this.#unknown += 1
      symbol = `N${this.#unknown}`
      this.#symbols.set(key, symbol)
    }
    return symbol
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
