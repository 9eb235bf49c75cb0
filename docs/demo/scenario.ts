import type { DefaultState } from 'koa'
import type Router from 'koa-router'
import type { SessionContext, Sessions } from 'koa-session-pipeline'
import type { AccountSessions } from 'koa-session-pipeline/accounts'
import type { Client } from './client.ts'
import type { Rendezvous } from './rendezvous.ts'

/** What the shop keeps in a session. */
export type ShopData = {
  user?: string
  views?: number
  code?: string
  draft?: string
  counted?: number
  [box: `box${number}`]: boolean
}

export type ShopSessions = Sessions<ShopData, string>
export type ShopRouter = Router<DefaultState, SessionContext<ShopData>>

/** What a scenario can do with the sandbox of a visitor. */
export interface Bench {
  /** A browser; the same one each time for the same name. */
  client(name: string): Client
  readonly rendezvous: Rendezvous
  readonly options: ShopOptions
  /** Starts the shop again with other options, on the same store: sessions live on. */
  restart(changed: Partial<ShopOptions>): Promise<void>
}

/** What differs between one start of the shop and the next. */
export interface ShopOptions {
  /** Whether sessions are bound to the address and the user agent. */
  readonly bindings: boolean
  /** Whether the shop knows whose sessions are whose. */
  readonly accounts: boolean
  /** The names of the edits of the pipeline. */
  readonly edits: readonly string[]
}

/** What came of it, in words, and perhaps figures. */
export interface Outcome {
  readonly verdict: string
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
}

/** A button. */
export interface Action {
  readonly label: string
  /** For a switch: whether it is on. */
  readonly on?: boolean
  readonly play: (bench: Bench) => Promise<Outcome>
}

/** What routes need beyond `ctx`. */
export interface ShopTools {
  readonly sessions: ShopSessions
  readonly accounts: AccountSessions
  readonly rendezvous: Rendezvous
}

/** Something to click: the routes of the shop that it needs, and the requests that it sends. */
export interface Scenario {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly routes: (router: ShopRouter, shop: ShopTools) => void
  /** Those that it tells of. */
  readonly browsers: readonly string[]
  /** What the shop is started with for this scenario. */
  readonly options?: Partial<ShopOptions>
  /** The first is the one that the page offers first. */
  readonly actions: (bench: Bench) => readonly Action[]
}
