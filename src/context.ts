import type { SessionData, SessionObject } from './session/members.ts'

/** What the default name adds to Koa's context: `new Koa<State, SessionContext<MyData>>()`, routers likewise. */
export interface NamedSession<Data> {
  /** Never null. `= null` destroys, `= { … }` replaces the data. */
  get session(): SessionObject<Data>
  set session(value: Data | null)
}

/** What `session(app)` adds to Koa's context, under the name of the option `as`. */
export type SessionContext<Data = SessionData, As extends string = 'session'> = As extends 'session'
  ? NamedSession<Data>
  : { [Name in As]: SessionObject<Data> }
