import type { Evidence } from './evidence.ts'
import { isEnd } from './records.ts'
import { duration } from './words.ts'

/** What a stage did, on the way in and on the way out. */
export interface Said {
  readonly in?: string | undefined
  readonly out?: string | undefined
}

type Judge = (evidence: Evidence, now: number) => Said

/** What each built-in stage decided, read from what could be seen from outside. */
export const DECISIONS: Readonly<Record<string, Judge>> = {
  identify: ({ shown, told }) => ({
    in: shown.length === 0 ? 'The client shows no token.' : 'The client shows a token.',
    out: deliveries(told) ?? 'Nothing to tell the client.',
  }),

  persist: ({ shown, loaded, watch, writes, before }) => {
    const { name, reason } = watch.events.find((event) => /missed|expired|invalid/.test(event.name)) ?? {}
    const found = before ? 'Loaded the record.' : (ended(loaded?.data) ?? 'No such record.')
    const why =
      name === 'session:expired' ? `The record is past its deadline${reason ? `: ${reason}` : ''}.` : found
    return {
      in: shown.length === 0 ? 'Nothing to load.' : why,
      out: writings(writes.filter(({ phase }) => phase === 'out')) ?? 'Nothing to write.',
    }
  },

  verifyAddress: (evidence) => binding(evidence, 'address', 'boundAddress'),
  verifyUserAgent: (evidence) => binding(evidence, 'user agent', 'boundUserAgent'),

  accounts: ({ watch, before, after }) => {
    const ended = watch.events.find(({ name, reason }) => name === 'session:destroyed' && reason !== 'logout')
    const was = before?.data['user']
    const is = after?.data['user']
    const listed =
      was === is ? 'Nothing to change.' : is === undefined ? 'Taken off the list.' : 'Added to the list.'
    if (ended?.reason !== undefined) return { in: `The session ends: ${ended.reason}.`, out: listed }
    return { in: was === undefined ? 'Nobody is logged in.' : 'The session is listed.', out: listed }
  },

  expireKeys: ({ before }, now) => {
    const deadlines = Object.entries(before?.deadlines ?? {})
    const gone = deadlines.filter(([, at]) => at < now).map(([key]) => key)
    if (gone.length > 0) return { in: `Left out: ${gone.join(', ')}.` }
    const kept = deadlines.map(([key, at]) => `${key} has ${duration(at - now)} left`)
    return { in: kept.length > 0 ? `${kept.join(', ')}.` : 'No key has a deadline.' }
  },

  extendExpiry: ({ before, loaded, writes, expiresAt }, now) => {
    if (!before || !loaded) return { in: 'Nothing to extend.' }
    const left = `${duration(loaded.expiresAt - now)} left`
    if (writes.some(({ verb }) => verb === 'touch')) return { in: `${left}, past the threshold: extend.` }
    if (expiresAt === undefined) return { in: `${left}.` }
    if (expiresAt > loaded.expiresAt) return { in: `${left}; extended, as it was changed.` }
    return { in: `${left}: leave the deadline.` }
  },

  flash: ({ before, after }) => {
    const waited = Object.keys(before?.flash ?? {})
    const swept = waited.filter((key) => before?.marks[key] !== after?.marks[key])
    const added = Object.keys(after?.flash ?? {}).filter((key) => before?.marks[key] !== after?.marks[key])
    const out = [
      swept.length > 0 && `Shown, so swept: ${swept.join(', ')}.`,
      added.length > 0 && `Waits now: ${added.join(', ')}.`,
    ].filter(Boolean)
    return {
      in: waited.length > 0 ? `Waiting: ${waited.join(', ')}.` : 'No message waits.',
      out: out.length > 0 ? out.join(' ') : 'Nothing to sweep.',
    }
  },
}

/** What the verbs of the session, called by the handler, did to the store. */
export function handlerWrites({ writes }: Evidence): string | undefined {
  return writings(writes.filter(({ phase }) => phase === 'handler'))
}

function deliveries(told: Evidence['told']): string | undefined {
  const last = told.at(-1)
  if (!last) return undefined
  if (last.verb === 'forget') return 'Told the client to forget its token.'
  const { fresh } = last.args[2] as { fresh: boolean }
  return fresh ? 'Sent a new token.' : 'The client has this token already.'
}

function ended(data: string | undefined): string | undefined {
  if (data === undefined || !isEnd(data)) return undefined
  return / m\n/.test(data) ? 'The session has moved to a new id.' : `The session has ended${reasonIn(data)}.`
}

const reasonIn = (data: string): string => {
  const reason = data.split('\n')[1]
  return reason ? `: ${String(JSON.parse(reason))}` : ''
}

function writings(writes: Evidence['writes']): string | undefined {
  const words = writes.map(({ verb, args, result }) => {
    if (verb === 'touch') return result === true ? 'Moved the deadline.' : 'The record was newer: left alone.'
    if (verb === 'delete') return 'Deleted the record.'
    if (verb === 'seal') return 'Sealed the record into the token.'
    if (!(result as { ok: boolean }).ok) return 'Met a newer record.'
    if (isEnd(String(args[1]))) return 'Ended the old record.'
    return args[3] === 'absent' ? 'Created the record.' : 'Updated the record.'
  })
  return words.length > 0 ? [...new Set(words)].join(' ') : undefined
}

function binding({ watch, before, after }: Evidence, what: string, annotation: string): Said {
  const reason = `${what} mismatch`
  if (watch.events.some((event) => event.reason === reason))
    return { in: `Another ${what}: the session ends.` }
  if (before?.annotations[annotation] !== undefined) return { in: `The same ${what}.` }
  return { in: after?.annotations[annotation] === undefined ? 'Not bound.' : `New: bound to this ${what}.` }
}
