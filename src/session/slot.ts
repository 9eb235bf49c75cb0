import type { Context } from 'koa'
import { SessionConfigError, SessionError } from '../errors.ts'
import { dataOf, lifeOf, type Session } from './session.ts'
import { noticeEarlyUse, noticeTwice } from './notices.ts'

/** Where the session of a request stands on its context, under `name` for users and under a symbol for us. */
export interface Slot {
  readonly name: string
  readonly symbol: symbol
}

type Holder = Record<symbol, Session | undefined>

const slots = new Map<string, Slot>()

/** One slot for each name, so that two middlewares of one name notice each other. */
export function slotOf(name: string): Slot {
  let slot = slots.get(name)
  if (!slot) slots.set(name, (slot = { name, symbol: Symbol(`koa-session-pipeline.${name}`) }))
  return slot
}

export function sessionIn(ctx: Context, { symbol }: Slot): Session | undefined {
  return (ctx as unknown as Holder)[symbol]
}

/** Shows the session as `ctx.<name>`. */
export function holdSession(ctx: Context, slot: Slot, session: Session): void {
  // A mounted app is served by the context of the outer one.
  if (!(slot.symbol in ctx)) defineAccessor(Object.getPrototypeOf(ctx) as object, slot)
  if (Object.hasOwn(ctx, slot.name)) {
    throw new SessionError(
      'ERR_SESSION_NESTED',
      `ctx.${slot.name} has been set by something else; choose another name with the option 'as'.`,
    )
  }
  ;(ctx as unknown as Holder)[slot.symbol] = session
}

/** What Koa gives each context for itself, so that the prototype does not show it. */
const KOAS_OWN: ReadonlySet<string> = new Set([
  'app',
  'originalUrl',
  'req',
  'request',
  'res',
  'respond',
  'response',
  'state',
])

/** @throws SessionConfigError when the context has such a property that is not ours. */
export function defineAccessor(prototype: object, slot: Slot): void {
  const { name, symbol } = slot
  if (symbol in prototype) return noticeTwice(name)
  if (name in prototype || KOAS_OWN.has(name)) {
    throw new SessionConfigError(
      `Expected ctx.${name} to be free, but the context has it already. Choose another name with the option 'as'.`,
    )
  }
  Object.defineProperty(prototype, symbol, { value: undefined, writable: true, configurable: true })
  Object.defineProperty(prototype, name, {
    configurable: true,
    get(this: Holder) {
      const session = this[symbol]
      if (!session) return noticeEarlyUse(this, name)
      const life = lifeOf(session)
      life.used = true
      return dataOf(life)
    },
    set(this: Holder, value: Session['data']) {
      const session = this[symbol]
      if (!session) {
        throw new SessionError(
          'ERR_SESSION_UNAVAILABLE',
          `ctx.${name} was assigned before the session middleware ran; is app.use(session(app)) further up?`,
        )
      }
      lifeOf(session).used = true
      session.data = value
    },
  })
}
