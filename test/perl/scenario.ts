import { readFileSync } from 'node:fs'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A neutral operation, carried out by the application within a request. */
export type Operation = readonly [name: string, ...args: Json[]]

export type System = 'catalyst' | 'plack'

/** One HTTP request, and what the Perl system answered. */
export interface Step {
  readonly client: string
  /** Virtual second. */
  readonly at: number
  readonly path?: string
  readonly https?: boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string
  readonly userAgent?: string | null
  readonly rawCookie?: string
  readonly noCookies?: boolean
  readonly stealCookiesFrom?: string
  readonly tamperCookie?: string
  readonly saveCookieAs?: string
  readonly replayCookie?: string
  readonly ops: readonly Operation[]
  readonly observed?: Recorded
}

export interface Cookie {
  readonly name: string
  readonly action: 'set' | 'cleared'
  /** An id, by its symbol. */
  readonly value?: unknown
  readonly attributes: Readonly<Record<string, string | boolean>>
}

/** What the recording says of a step, as far as it is compared. */
export interface Recorded {
  readonly status: number | null
  readonly results: readonly Json[]
  readonly setCookie: 'none' | readonly Cookie[]
  readonly sidChanged: boolean
  readonly location?: string
  readonly body?: string
  readonly log?: readonly string[]
  /** Calls to the store, of Catalyst's memory store alone. */
  readonly storeOps?: readonly string[]
  /** A record was written; unknown where the recording does not list the calls. */
  readonly written?: boolean
}

export type Settings = Readonly<Record<string, Json>>

export interface Scenario {
  readonly name: string
  readonly feature: string
  readonly config: Settings
  readonly steps?: readonly Step[]
  readonly observed?: { readonly setupError: string }
  readonly note: string
}

/** The fixtures lie in the source tree: the tests run from a build folder at the top of the repository. */
export function scenariosOf(system: System): readonly Scenario[] {
  const file = new URL(`../../../test/perl/${system}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as readonly Scenario[]
}
