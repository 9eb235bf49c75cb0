import { channel, type Channel } from 'node:diagnostics_channel'
import type { Context } from 'koa'
import type { MaybePromise } from '../maybe-promise.ts'

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

export const stageChannel: Channel = channel(STAGE_CHANNEL)

/** Runs one half of a stage and publishes how it went. Takes arguments, as closures would cost untraced requests, too. */
export async function traced<Given extends unknown[], T>(
  ctx: Context,
  name: string,
  phase: 'in' | 'out',
  half: (...given: Given) => MaybePromise<T>,
  ...given: Given
): Promise<T> {
  const began = performance.now()
  const publish = (outcome: { error?: unknown }): void =>
    stageChannel.publish({
      ctx,
      name,
      phase,
      duration: performance.now() - began,
      ...outcome,
    } satisfies StageTrace)
  try {
    const step = await half(...given)
    publish({})
    return step
  } catch (error) {
    publish({ error })
    throw error
  }
}
