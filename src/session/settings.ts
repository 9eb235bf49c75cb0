import type Koa from 'koa'
import type { Serializer } from '../draft/serializer.ts'
import type { Lifetimes } from '../persistence/lifetime.ts'
import type { TokenFormat } from '../token.ts'

/** What all sessions of one middleware have in common. */
export interface SessionSettings extends Lifetimes {
  readonly app: Pick<Koa, 'emit'>
  readonly clock: () => number
  readonly serializer: Serializer
  readonly token: TokenFormat
  /** Whether a text can be a token. */
  readonly couldBe?: ((text: string) => boolean) | undefined
  /** The property of the context, which goes into the ids. Default: `'session'`. */
  readonly as?: string | undefined
  /** Shared by a middleware and its siblings. */
  readonly family: symbol
}

/**
 * Whether a session that was used and not modified is extended: `left` is how long it has to live otherwise,
 * both in milliseconds. A modified session is always extended.
 */
export type ExtensionRule = (left: number, idleTimeout: number) => boolean
