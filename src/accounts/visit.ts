import type { Context } from 'koa'
import type { Session } from '../index.ts'
import { endSession, isUnavailable, onAssign } from '../stages.ts'
import { checkSubject, digestOf } from './checks.ts'
import { type Login, newLogin, reasonOfEnd } from './login.ts'
import type { IndexView } from './session-index.ts'
import { newKey, readStamp, type Stamp } from './stamp.ts'
import { type Tools, Upkeep } from './upkeep.ts'
import { wait, type Waits } from './wait.ts'

/** What one request has to do with a subject: noticed when it appears, changes or goes. */
export class Visit {
  readonly #session: Session
  readonly #tools: Tools
  readonly #upkeep: Upkeep
  readonly #began: number
  #login: Login | undefined
  /** The object whose subject is known. */
  #data: object | undefined
  /** Something was assigned, or the session came with a login. */
  #watching = false
  /** Logins that were listed and are over. */
  readonly #over: Login[] = []
  #id: string | undefined
  /** What the index said on the way in. */
  #view: IndexView | undefined

  constructor(ctx: Context, session: Session, tools: Tools) {
    this.#session = session
    this.#tools = tools
    this.#upkeep = new Upkeep(ctx, session, tools)
    this.#began = session.now
    onAssign(session, () => this.#assigning())
    session.onCreate(() => {
      if (this.#watching) this.#follow()
    })
  }

  /** In: a session whose login was ended, ends. Costs a look at the index where there is a subject. */
  *enter(): Waits {
    const session = this.#session
    if (!session.stored) return
    this.#data = session.data
    const subject = this.#subjectNow()
    const stamp = this.#stampNow()
    this.#watching = subject !== undefined || stamp !== undefined
    if (subject === undefined) return
    this.#id = session.id
    const of = this.#digest(subject)
    const own = stamp?.of === of ? stamp : undefined
    const { index, checked } = this.#tools
    const known = own && checked.generationFor(own.key)
    if (known === undefined) yield* this.#judge(subject, of, own, yield* wait(index.look(subject)))
    else this.#login = comingWith(subject, own!, known, session.now)
  }

  *#judge(subject: string, of: string, own: Stamp | undefined, view: IndexView): Waits {
    const session = this.#session
    const listed = own && view.find(own.key, session.id)
    // Of a login that was made without this stage nothing is known but that it is no younger than the last save.
    const at = own?.at ?? session.updatedAt!.getTime()
    const reason = reasonOfEnd(view, listed, own ?? { at })
    if (reason !== undefined) {
      endSession(session, reason)
      this.#data = session.data
      return
    }
    const { generation } = view
    const stamp = own ?? { key: newKey(), of, at }
    this.#view = view
    this.#login = { ...comingWith(subject, stamp, generation, session.now), listed }
    this.#upkeep.remember(listed?.entry)
    if (own) this.#tools.checked.note(own.key, generation)
    // What was excepted is alive by its entry alone, which can be lost.
    if ((own?.generation ?? -1) < generation) this.#upkeep.note({ ...stamp, generation })
  }

  /** Out: brings the index in step. `failed`: nothing but the end of sessions is saved. */
  *leave(failed: boolean): Waits {
    const session = this.#session
    if (isUnavailable(session) || (!this.#watching && !session.stored)) return
    this.#follow()
    this.#compare(this.#began)
    const saves = !failed && !session.noStore
    for (const { subject, stamp } of this.#over) {
      // A session that lives on keeps its login when nothing is saved.
      const left = this.#stampNow()?.key !== stamp.key && (saves || !session.stored)
      if (left) yield* wait(this.#tools.index.remove(subject, [stamp.key]))
    }
    const login = this.#login
    if (login?.asked && saves) yield* this.#upkeep.addNew(login)
    // Sealed sessions are not listed.
    if (!login || login.asked || !session.stored || !this.#tools.store) return
    // Where an older look was good enough, nothing is asked of the index.
    const behind = this.#view ? this.#upkeep.isBehind(login, this.#view) : session.id !== this.#id
    if (behind) yield* this.#upkeep.add(login)
    else if (this.#view) yield* this.#upkeep.use(login)
  }

  #assigning(): () => void {
    this.#watching = true
    this.#follow()
    return () => this.#compare(this.#session.now)
  }

  /** Another object may have taken the place of the one before: with the login, by `keep`, or without. */
  #follow(): void {
    const { data } = this.#session
    if (data === this.#data) return
    this.#data = data
    const login = this.#login
    if (login && this.#subjectNow() === login.subject) this.#upkeep.note(login.stamp)
    else this.#endLogin()
  }

  /** Whether the subject has appeared, changed or gone, at `at` or later. */
  #compare(at: number): void {
    const subject = this.#subjectNow()
    if (subject === this.#login?.subject) return
    this.#endLogin()
    const { annotations } = this.#session
    const { name, index } = this.#tools
    if (subject !== undefined) {
      this.#login = newLogin(subject, this.#digest(subject), at, (whose) => index.look(whose))
      this.#upkeep.note(this.#login.stamp)
    } else if (annotations[name] !== undefined) delete annotations[name]
  }

  #endLogin(): void {
    if (this.#login?.listed) this.#over.push(this.#login)
    this.#login = undefined
  }

  #stampNow(): Stamp | undefined {
    return readStamp(this.#session.annotations[this.#tools.name])
  }

  #subjectNow(): string | undefined {
    const subject = this.#tools.subject(this.#session)
    return subject === undefined || subject === null || subject === '' ? undefined : checkSubject(subject)
  }

  #digest(subject: string): string {
    return digestOf(this.#tools.name, subject)
  }
}

function comingWith(subject: string, stamp: Stamp, generation: number, now: number): Login {
  return { subject, stamp, asked: undefined, claim: { generation, from: now, to: now }, listed: undefined }
}
