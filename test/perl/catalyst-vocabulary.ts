import { createHash } from 'node:crypto'
import { DEFAULT_TOKEN, generateToken } from '../../src/token.ts'
import { hasJustMoved, storedUnder, valuesIn } from './records.ts'
import type { Json, Step } from './scenario.ts'
import { byKind, STATUS } from './status-vocabulary.ts'
import { looked, named, seconds, type UserSession, type Visit, type Vocabulary } from './visit.ts'

/** The session, there even for a reader: see 'a look begins a session' in rules.ts. */
async function begun(visit: Visit): Promise<UserSession> {
  const session = looked(visit)
  if (session.isNew && !visit.world.bare && !(await hasJustMoved(visit))) await session.touch()
  return looked(visit)
}

/** Stored, or to be stored: what Catalyst calls having a session. */
function exists({ session }: Visit): boolean {
  return session.stored || session.changed
}

/** Catalyst keeps its own keys beside the user's; ours are members. */
async function everything(visit: Visit): Promise<Record<string, unknown>> {
  const user = await begun(visit)
  const record = await storedUnder(visit, visit.session.id)
  const keyDeadlines = valuesIn(record, 'k')
  const flash = valuesIn(record, 'f')
  const special = {
    __created: user.createdAt && seconds(user.createdAt),
    __updated: user.updatedAt && seconds(user.updatedAt),
    __address: user.boundAddress,
    __user_agent: agentOf(visit, user.boundUserAgent),
    // Ours stay in the record until the next write; they are not seen any more.
    __expire_keys: keyDeadlines && liveDeadlines(keyDeadlines, visit.session.now),
    __flash: flash,
  }
  const messages = visit.world.status && byKind(visit.session.annotations, visit.world.status.options.key)
  return {
    ...user,
    ...messages,
    ...Object.fromEntries(Object.entries(special).filter(([, value]) => value !== undefined)),
  }
}

/** Ours keep a hash of the header: shown is the header of this request, if the hash is of that. */
function agentOf({ ctx }: Visit, bound: string | undefined): string | undefined {
  const shown = ctx.get('User-Agent')
  return bound === createHash('sha256').update(shown).digest('base64url') ? shown : bound
}

function liveDeadlines(deadlines: Readonly<Record<string, unknown>>, now: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(deadlines)
      .filter(([, deadline]) => now <= Number(deadline))
      .map(([key, deadline]) => [key, seconds(Number(deadline))]),
  )
}

/** What Catalyst's operations are with us. */
export const CATALYST: Vocabulary = {
  ...STATUS,
  get: async (visit, key: string) => (await begun(visit))[key],
  set: (visit, key: string, value: Json) => {
    looked(visit)[key] = value
  },
  delete: (visit, key: string) => {
    delete looked(visit)[key]
  },
  increment: (visit, key: string) => {
    const session = looked(visit)
    return (session[key] = Number(session[key] ?? 0) + 1)
  },
  push: (visit, key: string, value: Json) => {
    const session = looked(visit)
    return ((session[key] ??= []) as Json[]).push(value)
  },
  setMany: (visit, values: object) => {
    Object.assign(looked(visit), values)
  },
  setLarge: (visit, key: string, length: number) => {
    looked(visit)[key] = 'x'.repeat(length)
  },
  keys: async (visit) => Object.keys(await everything(visit)).toSorted(),
  session: (visit) => everything(visit),

  sessionId: (visit) => (exists(visit) ? named(visit.session) : null),
  sessionIsValid: (visit) => !looked(visit).isNew || exists(visit),
  sessionExpires: (visit) => {
    const { expiresAt } = looked(visit)
    return expiresAt ? seconds(expiresAt) : 0
  },
  sessionDeleteReason: ({ session }) => session.endReason,
  sessionLoaded: ({ session }) => session.used,
  deleteSession: async (visit, reason?: string) => looked(visit).destroy(reason),

  flashGet: async (visit, key: string) => (await begun(visit)).flash[key],
  flashAll: async (visit) => ({ ...(await begun(visit)).flash }),
  flashSet: (visit, key: string, value: Json) => {
    looked(visit).flash[key] = value
  },
  flashSetMany: (visit, values: object) => {
    Object.assign(looked(visit).flash, values)
  },
  flashDelete: (visit, key: string) => {
    delete looked(visit).flash[key]
  },
  keepFlash: (visit, ...keys: string[]) => looked(visit).keepFlash(...keys),
  clearFlash: (visit) => looked(visit).clearFlash(),
  stashAll: ({ ctx }) => ({ ...ctx.state }),

  sessionExpireKey: (visit, ttls: Readonly<Record<string, number>>) => {
    for (const [key, ttl] of Object.entries(ttls)) looked(visit).expireKey(key, ttl * 1000)
  },
  changeSessionExpires: (visit, length: number) => {
    // What was recorded is an end that use moves on when it comes near; `absoluteTimeout` is one that nothing moves.
    looked(visit)
    visit.session.extend(visit.session.now + length * 1000)
  },
  resetSessionExpires: async (visit) => {
    await looked(visit).touch()
    return seconds(looked(visit).expiresAt)
  },
  changeSessionId: async (visit) => {
    await (await begun(visit)).changeId()
    return named(visit.session)
  },
  // There is no id without a record: asking for it is the nearest there is.
  createSessionIdIfNeeded: (visit) => {
    void looked(visit).id
  },

  storedExpires: async (visit) => {
    const record = await storedUnder(visit, visit.session.id)
    return record && seconds(record.expiresAt)
  },
  storedSession: async (visit, symbol: string) => {
    const record = await storedUnder(visit, visit.world.storedId(symbol))
    if (!record) return null
    const { createdAt, updatedAt } = record.meta
    return { __created: seconds(createdAt), __updated: seconds(updatedAt), ...valuesIn(record, 'd') }
  },
  dropStoredSession: async ({ world }, symbol: string) => {
    await world.store?.delete(world.storedId(symbol))
  },
  deleteExpiredSessions: async ({ world }) => {
    while ((await world.store?.sweep?.())?.done === false);
  },
  validateSessionId: (_visit, text: string) => (DEFAULT_TOKEN.validate as RegExp).test(text),
  generateSessionIdLength: () => generateToken().length,
  // We have none; an inspected session shows its data.
  dumpThese: () => 'nothing of the kind',

  address: ({ ctx }) => ctx.ip,
  // Tokens are drawn at random.
  requestPath: ({ ctx }) => ctx.path.slice(1).replace(/[\w-]{43}$/, 'ID'),
  redirect: ({ ctx, world }, url: string) => ctx.redirect(world.parameter?.url(ctx, url) ?? url),
  respond: ({ ctx }, answer: Readonly<Record<string, string>>) => {
    ctx.type = answer['contentType'] ?? 'text/plain'
    ctx.body = answer['body']
  },
  write: ({ ctx }, text: string) => {
    ctx.status = 200
    ctx.res.write(text)
  },
  die: (_visit, text: string) => {
    throw new Error(text)
  },
  during: ({ world }, step: Step) => world.visit(step),
}
