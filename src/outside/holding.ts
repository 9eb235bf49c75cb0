import type { Context } from 'koa'
import { LONGEST_TIMER } from '../maybe-promise.ts'
import { SessionError } from '../errors.ts'
import { reportError } from '../events.ts'
import { watchEnd } from '../session/ends.ts'
import { lifeOf, type Session } from '../session/session.ts'
import type { Leave } from './passage.ts'
import { closeResponse } from './response.ts'

/** In milliseconds. */
const FIRST_LOOK = 1000

/** What a look from outside finds: the deadline of the live session, or why there is none. */
export type Look = { readonly expiresAt: number } | { readonly endReason: string | undefined }

/** One opened session, until somebody lets it go or the session ends. */
export class Holding {
  readonly #ctx: Context
  readonly #own: Session
  readonly #id: string
  readonly #leave: Leave
  readonly #look: () => Promise<Look>
  readonly #recheck: number
  readonly #unwatch: () => void
  readonly #abort: AbortController = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #open = true

  /** `look` reads the session again, at its deadline and every `recheck` milliseconds. */
  constructor(own: Session, leave: Leave, look: () => Promise<Look>, recheck: number) {
    this.#ctx = lifeOf(own).ctx
    this.#own = own
    this.#id = own.id
    this.#leave = leave
    this.#look = look
    this.#recheck = recheck
    this.#unwatch = watchEnd(this.#id, (reason) => this.#end(reason))
    // It may have ended while it was being opened.
    this.#arm(lifeOf(own).record!.expiresAt, FIRST_LOOK)
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    clearTimeout(this.#timer)
    this.#unwatch()
    void this.#letGo()
  }

  #arm(expiresAt: number, soonest: number = LONGEST_TIMER): void {
    // Over only a moment after the deadline.
    const left = Math.max(1, expiresAt + 1 - this.#own.now)
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
      reportError(this.#ctx, error)
    }
    if (this.#open) this.#arm(expiresAt)
  }

  #end(reason: string | undefined): void {
    if (!this.#open) return
    lifeOf(this.#own).endReason = reason
    this.close()
    const why = reason === undefined ? '' : `: ${reason}`
    this.#abort.abort(new SessionError('ERR_SESSION_ENDED', `Session ${this.#id} has ended${why}.`))
  }

  async #letGo(): Promise<void> {
    const own = this.#own
    try {
      if (own.changed) reportError(this.#ctx, unsaved(this.#id))
      own.noStore = true
      await this.#leave()
    } catch (error) {
      reportError(this.#ctx, error)
    } finally {
      closeResponse(this.#ctx.res)
    }
  }
}

function unsaved(id: string): SessionError {
  return new SessionError(
    'ERR_SESSION_LATE_WRITE',
    `Session ${id} was opened, changed, and let go or ended before it was saved, so the changes are lost. ` +
      'Call save() after the last change.',
  )
}
