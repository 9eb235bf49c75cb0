/**
 * Opt-in: `import 'koa-session-pipeline/augment'` puts `ctx.session` on Koa's own context, for every
 * application and router of the program, with the data of `SessionData`. Leave it out beside packages that
 * declare a `ctx.session` of their own, and where `app.use()` or `SessionContext<MyData>` carries the type.
 */
import type { NamedSession, SessionData } from './index.ts'

declare module 'koa' {
  interface ExtendableContext extends NamedSession<SessionData> {}
}
