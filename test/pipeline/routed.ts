import type { ExecutionContext } from 'ava'
import Koa, { type Context, type Middleware } from 'koa'
import { listen, visitor, type Visitor } from '../helpers/serve.ts'

export type Next = () => Promise<unknown>

/** An application with one middleware for each path, under a handler that counts. */
export async function routed(
  t: ExecutionContext,
  routes: (app: Koa) => Readonly<Record<string, readonly unknown[]>>,
): Promise<Visitor & { readonly errors: unknown[] }> {
  const app = new Koa()
  const errors: unknown[] = []
  app.on('error', (error) => errors.push(error))
  const table = routes(app)
  app.use((ctx, next) => {
    const chain = (table[ctx.path] ?? []) as readonly Middleware[]
    return chain.reduceRight<Next>((inner, one) => async () => one(ctx, inner), next)()
  })
  app.use(count)
  return { ...visitor(await listen(t, app)), errors }
}

export function count(ctx: Context): void {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  const { views, idleTimeout } = ctx.session
  ctx.body = { views, idleTimeout, state: ctx.state }
}
