import type Koa from 'koa'
import type { Context, Middleware } from 'koa'
import type { SessionContext } from './session/context.ts'
import { SessionConfigError, SessionError } from './errors.ts'
import { planOptions, type SessionOptions } from './options/index.ts'
import { type OpenOptions, type Opens, openSession } from './outside/open.ts'
import type { SessionSource } from './outside/source.ts'
import { isSealed } from './persistence/sealed-records.ts'
import { Pipeline } from './pipeline/pipeline.ts'
import { run } from './pipeline/run.ts'
import { lifeOf, Session } from './session/session.ts'
import type { AllowedData, SessionData } from './session/members.ts'
import type { ReservedName } from './draft/reserved.ts'
import { open, refuse } from './session/transitions.ts'
import { changeConcurrency } from './session/verbs.ts'
import { defineAccessor, holdSession, sessionIn } from './session/slot.ts'
import { type DefaultStage, defaultStages, type SessionPlan } from './stages/index.ts'
import { isPlainData, wrongOption } from './checks/messages.ts'
import type { State } from './states/state.ts'

/** What makes the sessions of siblings the same ones. */
const SHARED = ['as', 'cookie', 'state', 'store', 'token', 'type'] as const

/** What `with` can change. */
export type SiblingOptions<Names extends string = DefaultStage> = Omit<
  SessionOptions<SessionData, Names>,
  (typeof SHARED)[number]
>

/** Koa middleware that gives each request its session. */
export interface Sessions<
  Data extends AllowedData = SessionData,
  Names extends string = DefaultStage,
  As extends string = 'session',
>
  extends Middleware<object, SessionContext<Data, As>>, Opens<Data> {
  /** The stages as they run, those that options switch off included. */
  readonly stages: Pipeline<Names>
  /**
   * A sibling on the same store and state, for single routes. Where this middleware already serves the
   * request, a sibling can only change `concurrency`.
   *
   * @throws SessionConfigError
   */
  with<New extends string = Names>(options: SiblingOptions<New>): Sessions<Data, New, As>
  /** The application that it was made for. */
  readonly app: App
  /** How the token travels. */
  readonly state: State
}

/** What a Koa application must be for us. */
type App = Pick<Koa, 'context' | 'createContext' | 'emit'> & Unreserved<SessionData>

/** Constraints do not hold for a default, so this is what refuses a `SessionData` with reserved names. */
type Unreserved<Data> = Data extends AllowedData
  ? object
  : { readonly 'SessionData uses a reserved name': keyof Data & ReservedName }

/**
 * Sessions for a Koa application: `app.use(session(app, options))`.
 *
 * @throws SessionConfigError for options that are unknown, wrong or at odds with each other.
 */
export function session<
  Data extends AllowedData = SessionData,
  const Names extends string = DefaultStage,
  const As extends string = 'session',
>(
  app: App,
  options?: SessionOptions<Data, Names> & { readonly as?: As | undefined },
): Sessions<Data, Names, As>
/**
 * The same for `session<MyData>(app, { stages, as })`, where TypeScript infers neither the names of the stages nor that
 * of the session. Beside `type: type<MyData>()` it infers both.
 *
 * @throws SessionConfigError for options that are unknown, wrong or at odds with each other.
 */
export function session<Data extends AllowedData = SessionData>(
  app: App,
  options: SessionOptions<Data, string>,
): Sessions<Data, string, string>
export function session(app: App, options: object = {}): object {
  if (typeof app?.emit !== 'function' || typeof app.context !== 'object') {
    throw wrongOption('the first argument', 'a Koa application, as in session(app, options)', app)
  }
  const given = options as SessionOptions
  const plan = planOptions(given)
  defineAccessor(app.context, plan.as)
  return build(app, given, plan, Symbol('family'))
}

export default session

function build(app: App, given: SessionOptions, plan: SessionPlan, family: symbol, changed?: object): object {
  const stages = editedStages(given, plan)
  const running = [...stages].filter(({ off }) => !off)
  const persists = stages.names.includes('persist')
  const settings = { ...plan, app, family }
  const visited = { app, as: plan.as, settings, stages: running, skip: plan.skip }
  const joins = changed !== undefined && Object.keys(changed).every((option) => option === 'concurrency')

  const middleware = function session(ctx: Context, next: () => Promise<unknown>): Promise<unknown> {
    // A mounted app is served by the context of the outer one, so another app alone says nothing.
    if ((ctx.app as App) !== app && ctx.app.middleware.includes(middleware as never)) throw otherApp(plan.as)
    const outer = sessionIn(ctx, plan.as)
    if (outer) {
      const sibling = lifeOf(outer).settings.family === family
      return joins && sibling ? join(outer, given, next) : Promise.reject(nested(plan.as, sibling))
    }
    const own = new Session(ctx, settings)
    if (!persists) open(lifeOf(own))
    holdSession(ctx, plan.as, own)
    if (plan.skip?.(ctx) === true) {
      refuse(lifeOf(own))
      return next()
    }
    return run(running, ctx, own, next)
  }

  return Object.assign(middleware, {
    app,
    state: plan.state,
    stages,
    open: (source: SessionSource, options?: OpenOptions) =>
      openSession(visited, isSealed(plan.store), source, options),
    with(asked: object) {
      if (!isPlainData(asked)) throw wrongOption('the argument of with()', 'an object', asked)
      const own = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
      const fixed = SHARED.find((option) => Object.hasOwn(own, option))
      if (fixed !== undefined) {
        throw new SessionConfigError(
          `Expected with() to leave '${fixed}' alone, as siblings share it. Make another session(app, …) instead.`,
        )
      }
      const chosen: SessionOptions = { ...given, ...own }
      const siblings = planOptions({ ...chosen, store: plan.store, state: plan.state, cookie: undefined })
      return build(app, chosen, siblings, family, { ...changed, ...own })
    },
  })
}

/** What options are for: taking the stage out would silently ignore them. */
const OPTIONS_OF: Readonly<Partial<Record<DefaultStage, readonly (keyof SessionOptions)[]>>> = {
  identify: ['state', 'cookie'],
  persist: ['store', 'concurrency', 'saveOnError', 'onStoreError', 'storeTimeout'],
  verifyAddress: ['verifyAddress'],
  verifyUserAgent: ['verifyUserAgent'],
  extendExpiry: ['expiryThreshold'],
  flash: ['flashToState'],
}

function editedStages(given: SessionOptions, plan: SessionPlan): Pipeline {
  const edited: unknown = given.stages ? given.stages(defaultStages(plan)) : defaultStages(plan)
  if (!(edited instanceof Pipeline))
    throw wrongOption('the result of stages', 'a pipeline (is a return missing?)', edited)
  const names: readonly string[] = edited.names
  for (const [name, options] of Object.entries(OPTIONS_OF)) {
    const set = options.find((option) => given[option] !== undefined && given[option] !== false)
    if (set === undefined || names.includes(name)) continue
    throw new SessionConfigError(
      `The stage '${name}' was taken out, but the option '${set}' is set. Drop the option, or replace the stage under its own name.`,
    )
  }
  return edited as Pipeline
}

async function join(
  outer: Session,
  { concurrency }: SessionOptions,
  next: () => Promise<unknown>,
): Promise<unknown> {
  const life = lifeOf(outer)
  if (life.phase !== 'unavailable') await changeConcurrency(life, concurrency)
  return next()
}

function nested(name: string, sibling: boolean): SessionError {
  return new SessionError(
    'ERR_SESSION_NESTED',
    sibling
      ? `The session middleware already serves this request as ctx.${name}; inside of it, with() can only change concurrency.`
      : `There is a session on this request already, as ctx.${name}. Give one of the two another name with the option 'as'.`,
  )
}

function otherApp(name: string): SessionConfigError {
  return new SessionConfigError(
    `Expected the middleware of ctx.${name} to serve the app that it was made for, got another app: ` +
      'make one of its own by session(thatApp, options).',
  )
}
