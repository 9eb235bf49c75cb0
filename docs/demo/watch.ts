import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { Context } from 'koa'
import type { SessionEventName, SessionEvent } from 'koa-session-pipeline'
import { STAGE_CHANNEL, type StageTrace } from 'koa-session-pipeline/stages'

/** A call of a store or a state. */
export interface Call {
  readonly verb: string
  readonly args: readonly unknown[]
  readonly result: unknown
  readonly phase: Phase
}

/** Where a request is: on the way in, in the handler, on the way out. */
type Phase = 'in' | 'handler' | 'out'

/** An event of the package. */
export interface Happened {
  readonly name: SessionEventName
  readonly id: string | undefined
  readonly reason?: string
  readonly keys?: readonly string[]
}

/** What is seen of one request while it runs. */
export class Watch {
  phase: Phase = 'in'
  handlerMs = 0
  readonly halves: StageTrace[] = []
  readonly calls: Call[] = []
  readonly events: Happened[] = []
}

const running = new AsyncLocalStorage<Watch>()
const watches = new WeakMap<Context, Watch>()

// One subscriber for the whole program: the context tells whose request it is.
subscribe(STAGE_CHANNEL, (message) => {
  const trace = message as StageTrace
  watches.get(trace.ctx)?.halves.push(trace)
})

/** Runs a request under watch. */
export function watched(
  ctx: Context,
  run: () => Promise<unknown>,
): { watch: Watch; ended: Promise<unknown> } {
  const watch = new Watch()
  watches.set(ctx, watch)
  return { watch, ended: running.run(watch, run) }
}

/** Stands between the sessions and the handler. */
export async function watchHandler(ctx: Context, next: () => Promise<unknown>): Promise<void> {
  const watch = watches.get(ctx)!
  const began = performance.now()
  watch.phase = 'handler'
  try {
    await next()
  } finally {
    watch.phase = 'out'
    watch.handlerMs = performance.now() - began
  }
}

const EVENTS = ['created', 'destroyed', 'expired', 'missed', 'invalid', 'conflict', 'corrupt'] as const

/** Notes the events of an application with the request that they belong to. */
export function watchEvents(app: NodeJS.EventEmitter): void {
  for (const short of EVENTS) {
    const name = `session:${short}` as const
    app.on(name, ({ ctx, id, reason, keys }: SessionEvent) => {
      watches
        .get(ctx)
        ?.events.push({ name, id, ...(reason !== undefined && { reason }), ...(keys && { keys }) })
    })
  }
}

/** The same object, whose calls are noted with the request that makes them. */
export function watchCalls<Target extends object>(target: Target): Target {
  return new Proxy(target, {
    get(inner, property) {
      const member: unknown = Reflect.get(inner, property, inner)
      if (typeof member !== 'function' || typeof property !== 'string') return member
      return (...args: unknown[]): unknown => {
        const watch = running.getStore()
        const result: unknown = Reflect.apply(member, inner, args)
        if (!watch) return result
        const { phase } = watch
        const note = (settled: unknown): void =>
          void watch.calls.push({ verb: property, args, result: settled, phase })
        if (result instanceof Promise) void result.then(note, () => {})
        else note(result)
        return result
      }
    },
  })
}
