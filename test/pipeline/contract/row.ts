import { setImmediate } from 'node:timers/promises'
import type { Context } from 'koa'
import type { Hook } from '../../../src/index.ts'

/** One row of the contract between a hook and the runner, for a stage in some place of the pipeline. */
export interface Row {
  /** What the hook does: `The hook ${does}`. */
  readonly does: string
  readonly sync: Hook
  readonly async: Hook
  /** The handler throws `handler failed`. */
  readonly handlerFails?: true
  /** The stages further in and the handler do not run. */
  readonly endsHere?: true
  /** What the hook notes on its way in and on its way out. */
  readonly notes: readonly [on: readonly string[], back: readonly string[]]
  /** What the stages further out find thrown at their yield. Without it they resume as if nothing had been. */
  readonly outward?: { readonly message: RegExp; readonly code?: string; readonly cause?: RegExp }
}

/** Where the stages of a request note what they do. */
export const note = (ctx: Context, what: string): void => {
  ;(ctx.state.notes as string[]).push(what)
}

/** For hooks that really wait. */
export const wait = (): Promise<unknown> => setImmediate()
