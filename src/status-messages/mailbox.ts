import { randomBytes } from 'node:crypto'
import { type Session, SessionError } from '../index.ts'
import type { StatusMessagesPlan } from './options.ts'

/** 72 random bits. */
const TOKEN_BYTES = 9
const TOKEN = /^[\w-]{12}$/

/** What waits under one token. Short names: a sealed session has little room. */
interface Waiting {
  /** When it was added, in milliseconds since the epoch. */
  readonly at: number
  readonly messages: object
}

/** Where the messages of one session wait, and what this request does to it. */
export class Mailbox {
  readonly #session: Session
  readonly #plan: StatusMessagesPlan
  readonly #added = new Map<string, Waiting>()
  readonly #taken = new Set<string>()

  constructor(session: Session, plan: StatusMessagesPlan) {
    this.#session = session
    this.#plan = plan
  }

  get key(): string {
    return this.#plan.key
  }

  /** There is something to store. */
  get opened(): boolean {
    return this.adds || this.#taken.size > 0
  }

  get adds(): boolean {
    return this.#added.size > 0
  }

  /** Puts the messages in under a new token. */
  add(messages: object): string {
    const session = this.#session
    if (session.unavailable) {
      throw new SessionError('ERR_SESSION_UNAVAILABLE', 'This request has no session to keep messages in.')
    }
    session.look()
    const waiting = this.#waitingIn(session.data)
    let token: string
    do token = randomBytes(TOKEN_BYTES).toString('base64url')
    while (Object.hasOwn(waiting, token) || this.#added.has(token))
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
    session.look()
    const waiting = this.#waitingIn(session.data)
    if (!Object.hasOwn(waiting, token) || this.#aged(waiting[token]!)) return undefined
    this.#taken.add(token)
    return waiting[token]!.messages
  }

  /** Changes the newest data of a session: also run again when others have changed them meanwhile. */
  change(data: object): void {
    const left = Object.entries(this.#waitingIn(data)).filter(
      ([token, one]) => !this.#taken.has(token) && !this.#aged(one),
    )
    const all = [...left, ...this.#added].toSorted(([, one], [, other]) => one.at - other.at)
    const kept = Object.fromEntries(all.slice(-this.#plan.max))
    const holder = data as Record<string, unknown>
    if (all.length > 0) holder[this.key] = kept
    else delete holder[this.key]
  }

  /** The same for data that belong to no stored session: nothing can be taken from there. */
  changeNew(data: object): void {
    if (this.adds) this.change(data)
  }

  #waitingIn(data: object): Readonly<Record<string, Waiting>> {
    const waiting = (data as Record<string, unknown>)[this.key]
    if (waiting === undefined) return {}
    if (isTable(waiting) && Object.values(waiting).every(isWaiting)) return waiting as Record<string, Waiting>
    throw new TypeError(
      `Expected session.${this.key} to hold status messages only. Give statusMessages another key.`,
    )
  }

  #aged({ at }: Waiting): boolean {
    return this.#session.now > at + this.#plan.maxAge
  }
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWaiting(value: unknown): value is Waiting {
  return isTable(value) && 'at' in value && 'messages' in value && isTable(value.messages)
}
