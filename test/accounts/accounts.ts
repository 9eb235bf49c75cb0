import type { ExecutionContext } from 'ava'
import type Koa from 'koa'
import {
  type AccountSessions,
  accountSessions,
  type AccountSessionsOptions,
} from '../../src/accounts/index.ts'
import { MemoryStore, type SessionOptions, type Store } from '../../src/index.ts'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.ts'
import { type Handler, serve, type Served, type Visitor } from '../helpers/serve.ts'
import { routes } from '../helpers/paths.ts'

export interface Accounts extends Served {
  readonly accounts: AccountSessions<string>
  readonly login: (user?: string, headers?: Record<string, string>) => Promise<Visitor>
}

type Setup = Partial<AccountSessionsOptions> & {
  readonly session?: Record<string, unknown> & SessionOptions<object, string>
  readonly prepare?: (app: Koa) => void
  readonly clock?: FakeClock
}

/** Koa with accounts, whose visitors can log in at `/login?user=ann`. */
export async function serveAccounts(
  t: ExecutionContext,
  table: Parameters<typeof routes>[0] = {},
  { session, prepare, clock = fakeClock(), ...given }: Setup = {},
): Promise<Accounts> {
  const store = (given.store as Store | undefined) ?? new MemoryStore({ clock })
  const accounts = accountSessions({ subject: ({ data }) => data['user'], ...given, store })
  const handler: Handler = routes({
    async '/login'(ctx) {
      await ctx.session.regenerate()
      ctx.session.user = ctx.query['user']
      return 'welcome'
    },
    '/me': (ctx) => ({ user: ctx.session.user ?? null, id: ctx.session.id, reason: ctx.session.endReason }),
    '/logout': (ctx) => ctx.session.destroy(),
    '/nothing': () => 'nothing',
    ...table,
  })
  const options = { clock, ...session, store, stages: (all: never) => addStage(all, accounts) }
  const served = await serve(t, handler, options as unknown as Parameters<typeof serve>[2], prepare)
  const login: Accounts['login'] = async (user = 'ann', headers = {}) => {
    const visitor = served.visitor()
    await visitor.get(`/login?user=${encodeURIComponent(user)}`, headers)
    return visitor
  }
  return { ...served, clock, accounts, login }
}

function addStage(
  all: { after: (anchor: string, stage: unknown) => unknown },
  accounts: AccountSessions<string>,
): unknown {
  return all.after('persist', accounts.stage)
}

/** Who the visitor is to the server: a user or `null`, and why a former session is gone. */
export async function me(visitor: Visitor): Promise<{ user: string | null; id: string; reason?: string }> {
  const { body } = await visitor.get('/me')
  return body as { user: string | null; id: string; reason?: string }
}
