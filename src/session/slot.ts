import type { Context } from 'koa'
import { SessionConfigError, SessionError } from '../errors.ts'
import { dataOf, lifeOf, type Session } from './session.ts'
import { noticeEarlyUse, noticeTwice } from './notices.ts'

type Holder = Record<symbol, Session | undefined>

const symbols = new Map<string, symbol>()

/** Where sessions of a name stand on their contexts: one symbol for all, so that two middlewares of one name notice each other. */
function symbolOf(name: string): symbol {
  let symbol = symbols.get(name)
  if (!symbol) symbols.set(name, (symbol = Symbol(`koa-session-pipeline.${name}`)))
  return symbol
}

export function sessionIn(ctx: Context, name: string): Session | undefined {
  return (ctx as unknown as Holder)[symbolOf(name)]
}

/** Shows the session as `ctx.<name>`. */
export function holdSession(ctx: Context, name: string, session: Session): void {
  const symbol = symbolOf(name)
  // A mounted app is served by the context of the outer one.
  if (!(symbol in ctx)) defineAccessor(Object.getPrototypeOf(ctx) as object, name)
  if (Object.hasOwn(ctx, name)) {
    throw new SessionError(
      'ERR_SESSION_NESTED',
      `ctx.${name} has been set by something else; choose another name with the option 'as'.`,
    )
  }
  ;(ctx as unknown as Holder)[symbol] = session
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
export function defineAccessor(prototype: object, name: string): void {
  const symbol = symbolOf(name)
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
