import { randomBytes } from 'node:crypto'
import { type Session, SessionError } from '../index.ts'
import { isUnavailable, useSession } from '../stages.ts'
import type { StatusMessagesPlan } from './options.ts'

/** 72 random bits. */
const TOKEN_BYTES = 9
const TOKEN = /^[\w-]{12}$/

const NONE: ReadonlySet<string> = new Set()

/** What waits under one token. Short names: a sealed session has little room. */
interface Waiting {
  /** When it was added, in milliseconds since the epoch. */
  readonly at: number
  readonly messages: object
}

/**
 * Where the messages of one session wait, and what this request does to it. What waits under a token is an
 * annotation of its own, so that parallel requests do not meet.
 */
export class Mailbox {
  readonly #session: Session
  readonly #plan: StatusMessagesPlan
  readonly #added = new Map<string, Waiting>()
  readonly #taken = new Set<string>()

  constructor(session: Session, plan: StatusMessagesPlan) {
    this.#session = session
    this.#plan = plan
  }

  /** Puts the messages in under a new token. */
  add(messages: object): string {
    const session = this.#session
    if (isUnavailable(session)) {
      throw new SessionError('ERR_SESSION_UNAVAILABLE', 'This request has no session to keep messages in.')
    }
    useSession(session)
    const token = randomBytes(TOKEN_BYTES).toString('base64url')
    this.#added.set(token, { at: session.now, messages })
    return token
  }

  /** What waits under the token, which is then used up. Whatever is not a token that waits yields nothing. */
  take(token: unknown): object | undefined {
    if (typeof token !== 'string' || !TOKEN.test(token) || this.#taken.has(token)) return undefined
    const added = this.#added.get(token)
    if (added) {
      this.#added.delete(token)
      return added.messages
    }
    const session = this.#session
    if (!session.stored) return undefined
    useSession(session)
    const waiting = session.annotations[this.#nameOf(token)]
    if (!isWaiting(waiting) || this.#isAged(waiting)) return undefined
    this.#taken.add(token)
    return waiting.messages
  }

  /** Keeps what was added and takes out what was `seen`, and on that occasion what is old or too much. */
  settle(seen: boolean): void {
    const taken = seen ? this.#taken : NONE
    if (this.#added.size === 0 && taken.size === 0) return
    const { annotations } = this.#session
    for (const token of taken) delete annotations[this.#nameOf(token)]
    for (const [token, waiting] of this.#added) annotations[this.#nameOf(token)] = waiting
    if (this.#added.size > 0) this.#tidy(annotations)
  }

  #tidy(annotations: Record<string, unknown>): void {
    const names = Object.keys(annotations).filter((name) => name.startsWith(this.#nameOf('')))
    const waiting = names.map((name) => ({ name, one: annotations[name] as Waiting }))
    const young = waiting.filter(({ one }) => !this.#isAged(one))
    const kept = new Set(young.toSorted((left, right) => left.one.at - right.one.at).slice(-this.#plan.max))
    for (const entry of waiting) if (!kept.has(entry)) delete annotations[entry.name]
  }

  #nameOf(token: string): string {
    return `${this.#plan.key}:${token}`
  }

  #isAged({ at }: Waiting): boolean {
    return this.#session.now > at + this.#plan.maxAge
  }
}

function isWaiting(value: unknown): value is Waiting {
  return typeof value === 'object' && value !== null && 'at' in value && 'messages' in value
}
