import type { ExecutionContext } from 'ava'
import type { Middleware } from 'koa'
import { MemoryStore, session, type SessionOptions, type Sessions } from '../../src/index.ts'
import Koa from '../helpers/koa.ts'
import { listen, type Visitor, visitor } from '../helpers/serve.ts'

/** An application whose middleware stands in the order of the list. */
export interface Arranged {
  readonly app: Koa
  readonly url: string
  readonly errors: unknown[]
  readonly visitor: () => Visitor
}

/** `arrange` gets the sessions, to put them where it likes. */
export async function serveApp(
  t: ExecutionContext,
  arrange: (sessions: Sessions<object, string> & Middleware, app: Koa) => readonly unknown[],
  options: SessionOptions<object, string> = {},
): Promise<Arranged> {
  const app = new Koa()
  app.keys = ['a key for signatures']
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const sessions = session(app, { store: new MemoryStore(), ...options } as SessionOptions)
  for (const middleware of arrange(sessions as never, app)) app.use(middleware as Middleware)
  const url = await listen(t, app)
  return { app, url, errors, visitor: () => visitor(url) }
}
