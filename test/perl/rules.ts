import type { Cookie, Recorded, Step, System } from './scenario.ts'

/**
 * What differs everywhere, by intention, and would otherwise have to be listed at nearly every scenario. Each
 * rule turns what was recorded into what we do instead; what it does not touch is compared as it is.
 *
 * The mapping of operations and settings makes four choices of the same kind:
 *
 * - A look begins a session in Catalyst, and with us only a write does (DESIGN §3); `touch()` is the explicit
 *   way. So operations that read touch a session that is new, and the rest of the scenario is compared
 *   strictly. Scenarios about the look itself run `bare` of it (differences.ts).
 * - Plack's `change_id` and `expire` are wishes for the end of the request, our verbs act at once: the driver
 *   calls them, in the order of the wishes, when the application has returned.
 * - Where our default is another than what Catalyst and Plack do always, settings.ts sets the option
 *   (difference 23). What a request that fails leaves behind is not among them: it is compared by our default.
 * - Perl's seconds are milliseconds here; `undef` is `null`.
 */
export interface Rule {
  readonly name: string
  readonly why: string
  readonly system: System
  /** `undefined`: not concerned. */
  apply(step: Step, recorded: Recorded, past: Past): Recorded | undefined
}

/** What the clients have been told in earlier steps. */
export interface Past {
  /** The deadline that each id was sent with, `''` for none. */
  readonly sent: ReadonlyMap<string, string>
}

/** Operations that do not go through `ctx.session`. */
const NO_LOOK = new Set([
  'address',
  'deleteExpiredSessions',
  'die',
  'dropStoredSession',
  'dumpThese',
  'during',
  'generateSessionIdLength',
  'redirect',
  'requestPath',
  'respond',
  'sessionDeleteReason',
  'sessionId',
  'sessionLoaded',
  'stashAll',
  'storedExpires',
  'storedSession',
  'validateSessionId',
])

const READS = new Set(['get', 'keys', 'session'])
const WRITES = new Set(['increment', 'objSet', 'push', 'replaceSession', 'set'])

const TOLD_NOTHING = { setCookie: 'none', sidChanged: false } as const

export const RULES: readonly Rule[] = [
  {
    name: 'a dead cookie is left alone',
    why: 'Difference 19: clearing it could hit the cookie that a parallel response has just set. Only ending a session clears.',
    system: 'catalyst',
    apply: (step, recorded) => {
      const ended =
        step.ops.some(([name]) => name === 'deleteSession') ||
        recorded.log?.some((line) => line.includes('mismatch')) === true
      return ownCookie(recorded)?.action === 'cleared' && !ended
        ? { ...recorded, ...TOLD_NOTHING }
        : undefined
    },
  },
  {
    name: 'an untouched request renews nothing',
    why: 'Difference 7: Catalyst renews the cookie alone; ours and the record move together.',
    system: 'catalyst',
    apply: (step, recorded, { sent }) => {
      const cookie = ownCookie(recorded)
      if (cookie?.action !== 'set' || !sent.has(String(cookie.value)) || looks(step)) return undefined
      return { ...recorded, ...TOLD_NOTHING }
    },
  },
  {
    name: 'a key that disappears is no write',
    why: 'Difference 20: its deadline is applied whenever the record is read; Catalyst writes the record without it.',
    system: 'catalyst',
    apply: (step, recorded, { sent }) => {
      const known = sent.has(String(ownCookie(recorded)?.value))
      const reads = step.ops.every(([name]) => READS.has(name))
      return known && reads && recorded.written === true ? { ...recorded, written: false } : undefined
    },
  },
  {
    name: 'a browser-session cookie is sent once',
    why: 'Difference 10: Plack sends it with every response; the client has it, and it has no deadline to renew.',
    system: 'plack',
    apply: (_step, recorded, { sent }) => {
      const cookie = ownCookie(recorded)
      if (cookie?.action !== 'set' || !sent.has(String(cookie.value))) return undefined
      return { ...recorded, ...withoutOwn(recorded), sidChanged: false }
    },
  },
  {
    name: 'nothing written, nothing begun',
    why: 'Difference 10: Plack stores a record and sends a cookie for every anonymous request.',
    system: 'plack',
    apply: (step, recorded, { sent }) => {
      const cookie = ownCookie(recorded)
      if (cookie?.action !== 'set' || sent.has(String(cookie.value))) return undefined
      const keeps = step.ops.some(([name, option]) => WRITES.has(name) || option === 'changeId')
      return keeps ? undefined : { ...recorded, ...TOLD_NOTHING }
    },
  },
  {
    name: 'safe cookie attributes',
    why: 'Difference 13: HttpOnly and SameSite=Lax unless the options say otherwise.',
    system: 'plack',
    apply: (_step, recorded) => {
      if (recorded.setCookie === 'none') return undefined
      return (
        ownCookie(recorded) && {
          ...recorded,
          setCookie: recorded.setCookie.map((cookie) => (isOwn(cookie) ? withSafety(cookie) : cookie)),
        }
      )
    },
  },
]

/** The cookie of the session, if the response has one. */
export function ownCookie({ setCookie }: Recorded): Cookie | undefined {
  return setCookie === 'none' ? undefined : setCookie.find(isOwn)
}

function isOwn({ name }: Cookie): boolean {
  return name === 'sid' || name === 'plack_session'
}

function withSafety(cookie: Cookie): Cookie {
  return { ...cookie, attributes: { ...cookie.attributes, httponly: true, samesite: 'Lax' } }
}

function withoutOwn({ setCookie }: Recorded): Pick<Recorded, 'setCookie'> {
  const others = setCookie === 'none' ? [] : setCookie.filter((cookie) => !isOwn(cookie))
  return { setCookie: others.length > 0 ? others : 'none' }
}

/** The session is looked at before the headers leave. */
function looks({ ops }: Step): boolean {
  const write = ops.findIndex(([name]) => name === 'write')
  return ops.slice(0, write < 0 ? ops.length : write).some(([name]) => !NO_LOOK.has(name))
}
