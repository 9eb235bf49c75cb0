import { SessionError } from '../errors.ts'
import { reportError } from '../events.ts'
import { LONGEST_TIMER } from '../maybe-promise.ts'
import { watchEnd } from '../session/ends.ts'
import { lifeOf, type Session } from '../session/session.ts'
import type { Leave } from './visit.ts'

/** In milliseconds. */
const FIRST_LOOK = 1000

/** What a look from outside finds: the deadline of the live session, or why there is none. */
export type Look = { readonly expiresAt: number } | { readonly endReason: string | undefined }

/** One opened session, until somebody lets it go or the session ends. */
export class Holding {
  readonly #session: Session
  readonly #id: string
  readonly #leave: Leave
  readonly #look: () => Look | Promise<Look>
  readonly #recheck: number
  readonly #unwatch: () => void
  readonly #abort: AbortController = new AbortController()
  readonly signal: AbortSignal = this.#abort.signal
  #timer: NodeJS.Timeout | undefined
  #open = true

  /** `look` reads the session again, at its deadline and every `recheck` milliseconds. */
  constructor(session: Session, leave: Leave, look: () => Look | Promise<Look>, recheck: number) {
    this.#session = session
    this.#id = session.id
    this.#leave = leave
    this.#look = look
    this.#recheck = recheck
    this.#unwatch = watchEnd(this.#id, (reason) => this.#end(reason))
    // It may have ended while it was being opened.
    this.#arm(lifeOf(session).record!.expiresAt, FIRST_LOOK)
  }

  readonly close = (): void => {
    if (!this.#open) return
    this.#open = false
    clearTimeout(this.#timer)
    this.#unwatch()
    void this.#letGo()
  }

  #arm(expiresAt: number, soonest: number = LONGEST_TIMER): void {
    // Over only a moment after the deadline.
    const left = Math.max(1, expiresAt + 1 - this.#session.now)
    const delay = Math.min(left, this.#recheck, soonest)
    this.#timer = setTimeout(() => void this.#tick(), delay).unref()
  }

  async #tick(): Promise<void> {
    let expiresAt = Infinity
    try {
      const found = await this.#look()
      if ('endReason' in found) return this.#end(found.endReason)
      expiresAt = found.expiresAt
    } catch (error) {
      // A store that is down ends no session.
      this.#report(error)
    }
    if (this.#open) this.#arm(expiresAt)
  }

  #end(reason: string | undefined): void {
    if (!this.#open) return
    lifeOf(this.#session).endReason = reason
    this.close()
    const why = reason === undefined ? '' : `: ${reason}`
    this.#abort.abort(new SessionError('ERR_SESSION_ENDED', `Session ${this.#id} has ended${why}.`))
  }

  async #letGo(): Promise<void> {
    const session = this.#session
    try {
      if (session.changed) this.#report(unsaved(this.#id))
      session.noStore = true
      await this.#leave()
    } catch (error) {
      this.#report(error)
    } finally {
      // From now on the client counts as gone.
      const { res } = lifeOf(session).ctx
      res.destroy()
      res.emit('close')
    }
  }

  #report(error: unknown): void {
    reportError(lifeOf(this.#session).ctx, error)
  }
}

function unsaved(id: string): SessionError {
  return new SessionError(
    'ERR_SESSION_LATE_WRITE',
    `Session ${id} was opened, changed, and let go or ended before it was saved, so the changes are lost. ` +
      'Call save() after the last change.',
  )
}
