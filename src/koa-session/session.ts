import { inspect } from 'node:util'
import { isMaxAge, type MaxAge } from './max-age.ts'

/** Asked of a commit: `save` although nothing changed, `regenerate` for a new id. */
export interface CommitOptions {
  readonly save?: boolean
  readonly regenerate?: boolean
}

export type Callback = (error?: unknown) => void

/** The request that the session is of. */
export interface Owner {
  readonly options: { maxAge?: MaxAge | undefined }
  readonly id: string | undefined
  readonly expiresAt: number | undefined
  /** The next commit saves, whatever has changed. */
  force(): void
  commit(options?: CommitOptions): Promise<void>
}

/** What `ctx.session` is: its own properties are the user's data. */
export class Session {
  // oxlint-disable-next-line typescript/no-explicit-any -- as koa-session types it: the data are the user's
  [name: string]: any
  readonly #owner: Owner
  #isNew: boolean

  constructor(owner: Owner, data?: object) {
    this.#owner = owner
    this.#isNew = data === undefined
    for (const [name, value] of Object.entries(data ?? {})) {
      if (name === 'maxAge') this.maxAge = value as MaxAge
      else if (name !== '__proto__' && !RESERVED.has(name) && !MARKS.has(name)) this[name] = value
    }
  }

  /** No session was there, and none was assigned. */
  get isNew(): boolean {
    return this.#isNew
  }

  set isNew(value: boolean) {
    this.#isNew = value
  }

  /** How long it lives from its last save on. Setting it saves the session. */
  get maxAge(): MaxAge | undefined {
    return this.#owner.options.maxAge
  }

  set maxAge(value: MaxAge | undefined) {
    if (value !== undefined && !isMaxAge(value))
      throw new TypeError("Expected session.maxAge to be a number of milliseconds or 'session'.")
    this.#owner.options.maxAge = value
    this.#owner.force()
  }

  /** The id in the store; `undefined` for a session that is in the cookie. */
  get externalKey(): string | undefined {
    return this.#owner.id
  }

  /** Milliseconds since the epoch, as of the last save. */
  get _expire(): number | undefined {
    return this.#owner.expiresAt
  }

  /** How many values it holds. */
  get length(): number {
    return Object.keys(dataOf(this)).length
  }

  /** Whether it holds any. */
  get populated(): boolean {
    return this.length > 0
  }

  /** Saves it now, even if it is empty or has not changed. */
  save(): Promise<void>
  save(callback: Callback): void
  save(callback?: Callback): Promise<void> | void {
    return this.commit({ save: true }, callback)
  }

  /** Moves it to a new id and saves it now; the data stay, the former id is dead. */
  regenerate(): Promise<void>
  regenerate(callback: Callback): void
  regenerate(callback?: Callback): Promise<void> | void {
    return this.commit({ regenerate: true }, callback)
  }

  /** What happens after the handler by itself, unless `autoCommit` is `false`. */
  manuallyCommit(): Promise<void> {
    return this.#owner.commit()
  }

  commit(options?: CommitOptions | Callback, callback?: Callback): Promise<void> | void {
    const done = typeof options === 'function' ? options : callback
    const committed = this.#owner.commit(typeof options === 'function' ? {} : options)
    if (!done) return committed
    // oxlint-disable-next-line promise/no-callback-in-promise, promise/prefer-await-to-callbacks -- the API of koa-session
    committed.then(() => done(), done)
    return undefined
  }

  /** The data, as they are saved. */
  toJSON(): Record<string, unknown> {
    return dataOf(this)
  }
}

Object.defineProperty(Session.prototype, inspect.custom, {
  value(this: Session): Record<string, unknown> {
    return dataOf(this)
  },
})

/** The members. They win over data of their names, which would break the session. */
const RESERVED: ReadonlySet<string> = new Set(
  Object.getOwnPropertyNames(Session.prototype).filter((name) => name !== 'constructor'),
)
/** What a record says about itself. */
const MARKS: ReadonlySet<string> = new Set(['_expire', '_maxAge', '_session', '_requireSave'])

// So that assigning over a method throws where it is done.
for (const name of RESERVED) {
  const member = Object.getOwnPropertyDescriptor(Session.prototype, name)
  if (member && 'value' in member)
    Object.defineProperty(Session.prototype, name, { ...member, writable: false })
}

/** What is saved: no functions, and nothing whose name begins with `_`. */
export function dataOf(session: Session): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(session).filter(([name, value]) => !name.startsWith('_') && typeof value !== 'function'),
  )
}
