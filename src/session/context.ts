import type { AllowedData, Loose, SessionData, SessionObject } from './members.ts'

/** What the default name adds to Koa's context: `new Koa<State, SessionContext<MyData>>()`, routers likewise. */
export interface NamedSession<Data extends AllowedData> {
  /** Never null. `= null` destroys, `= { … }` replaces the data. */
  get session(): SessionObject<Data>
  set session(value: (Data & Loose<Data>) | null)
}

/**
 * What `session(app)` adds to Koa's context, under the name of the option `as`. TypeScript has no setters for
 * names that it computes, so under another name than the default one write `destroy()` for `= null`. A name that
 * is not known, a `string`, adds nothing.
 */
export type SessionContext<
  Data extends AllowedData = SessionData,
  As extends string = 'session',
> = As extends 'session'
  ? NamedSession<Data>
  : string extends As
    ? object
    : { [Name in As]: SessionObject<Data> }
