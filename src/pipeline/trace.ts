import { channel, type Channel } from 'node:diagnostics_channel'
import type { Context } from 'koa'

/** What `node:diagnostics_channel` publishes after each half of a stage. */
export interface StageTrace {
  readonly ctx: Context
  /** The name of the stage. */
  readonly name: string
  readonly phase: 'in' | 'out'
  /** Milliseconds the half took. */
  readonly duration: number
  /** What the half threw, if it did. */
  readonly error?: unknown
}

/** The name of the channel that carries a `StageTrace` for each half-stage. */
export const STAGE_CHANNEL = 'koa-session-pipeline:stage'

const stageChannel: Channel = channel(STAGE_CHANNEL)

/** Who publishes the halves of one request; nobody while nobody listens. */
export function traceOf(ctx: Context): Trace | undefined {
  return stageChannel.hasSubscribers ? new Trace(ctx) : undefined
}

/** Publishes each half of the stages of one request: one half runs at a time. */
export class Trace {
  readonly #ctx: Context
  #half: { readonly name: string; readonly phase: 'in' | 'out'; readonly began: number } | undefined

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  begin(name: string, phase: 'in' | 'out'): void {
    this.#half = { name, phase, began: performance.now() }
  }

  /** The half is over, what it waited for included. Errors of the handler belong to no half. */
  end(outcome?: { readonly error: unknown }): void {
    if (!this.#half) return
    const { began, ...half } = this.#half
    const duration = performance.now() - began
    this.#half = undefined
    stageChannel.publish({ ctx: this.#ctx, ...half, duration, ...outcome } satisfies StageTrace)
  }
}
