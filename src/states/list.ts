import type { Context } from 'koa'
import { SessionConfigError } from '../errors.ts'
import type { CookieAttributes } from './cookie-options.ts'
import { MOST_CANDIDATES } from './state.ts'
import type { State, TokenDelivery, TokenTest } from './state.ts'

/** What one request brought, and by which state. */
interface Brought {
  readonly tokens: string[]
  readonly states: State[]
  /** The state that brought the live session. */
  origin: State | undefined
}

const NONE: readonly string[] = []

/**
 * Several states, in order of preference: `state: [new CookieState(), new HeaderState()]`.
 *
 * A client is answered through the state that brought its live session, also with a changed token; a client
 * without a session is answered through the first state. All states make the client drop the token.
 */
export class StateList implements State {
  /** The states, in their order. */
  readonly states: readonly State[]
  readonly vary: string | undefined
  /** Present when a state wants it, as it costs something at every request. */
  readonly attach?: (ctx: Context, token: () => string | undefined) => void
  readonly #first: State
  readonly #brought = new WeakMap<Context, Brought>()

  /** Throws a `SessionConfigError` for an empty list and for what is no state. */
  constructor(states: readonly State[]) {
    const [first] = Array.isArray(states) ? states : []
    if (first === undefined || !states.every(isState)) {
      throw new SessionConfigError(
        'Expected state to be a State or a list of at least one, each with extract, finalize and forget',
      )
    }
    this.#first = first
    this.states = [...states]
    this.vary = [...new Set(states.flatMap((state) => state.vary ?? []))].join(', ') || undefined
    if (states.some((state) => 'attach' in state)) {
      this.attach = (ctx, token) => this.states.forEach((state) => state.attach?.(ctx, token))
    }
  }

  /** The distinct candidates, at most four in all, and at least the best of each of the first four states. */
  extract(ctx: Context, couldBe?: TokenTest): readonly string[] {
    const shown = this.states.map((state) => ({ state, tokens: state.extract(ctx, couldBe) }))
    const found = likely(shown, couldBe)
    let waiting = found.filter(({ tokens }) => tokens.length > 0).length
    if (waiting === 0) return NONE
    const brought: Brought = { tokens: [], states: [], origin: undefined }
    for (const { state, tokens } of found) {
      if (tokens.length === 0) continue
      waiting -= 1
      const room = Math.max(brought.tokens.length + 1, MOST_CANDIDATES - waiting)
      take(brought, tokens, state, Math.min(room, MOST_CANDIDATES))
    }
    this.#brought.set(ctx, brought)
    return brought.tokens
  }

  accepted(ctx: Context, token: string): void {
    const brought = this.#brought.get(ctx)
    const origin = brought?.states[brought.tokens.indexOf(token)]
    // A token that the client did not bring is one that this request has given it, by the same state.
    if (brought === undefined || origin === undefined) return
    brought.origin = origin
    origin.accepted?.(ctx, token)
  }

  finalize(ctx: Context, token: string, delivery: TokenDelivery): void {
    this.#origin(ctx, token).finalize(ctx, token, delivery)
  }

  measure(ctx: Context, token: string): void {
    this.#origin(ctx, token).measure?.(ctx, token)
  }

  forget(ctx: Context, attributes?: CookieAttributes): void {
    for (const state of this.states) state.forget(ctx, attributes)
  }

  #origin(ctx: Context, token: string): State {
    const brought = this.#brought.get(ctx)
    return brought?.origin ?? brought?.states[brought.tokens.indexOf(token)] ?? this.#first
  }
}

interface Shown {
  readonly state: State
  readonly tokens: readonly string[]
}

/** Of more than can be looked at, only what can be a token; all, if nothing can. */
function likely(shown: readonly Shown[], couldBe: TokenTest | undefined): readonly Shown[] {
  const count = shown.reduce((sum, { tokens }) => sum + tokens.length, 0)
  if (couldBe === undefined || count <= MOST_CANDIDATES) return shown
  const left = shown.map(({ state, tokens }) => ({ state, tokens: tokens.filter(couldBe) }))
  return left.some(({ tokens }) => tokens.length > 0) ? left : shown
}

function take(brought: Brought, tokens: readonly string[], state: State, room: number): void {
  for (const token of tokens) {
    if (brought.tokens.length >= room) return
    if (brought.tokens.includes(token)) continue
    brought.tokens.push(token)
    brought.states.push(state)
  }
}

function isState(value: unknown): value is State {
  if (typeof value !== 'object' || value === null) return false
  return ['extract', 'finalize', 'forget'].every((verb) => typeof Reflect.get(value, verb) === 'function')
}
