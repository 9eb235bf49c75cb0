import { SessionError } from '../errors.ts'
import { reportError } from '../events.ts'
import { LONGEST_TIMER } from '../maybe-promise.ts'
import { watchEnd } from '../session/ends.ts'
import { lifeOf, type Session } from '../session/session.ts'
import type { OpenMembers } from './open-session.ts'
import type { Leave } from './visit.ts'

/** In milliseconds. */
const FIRST_LOOK = 1000

/** What a look from outside finds: the deadline of the live session, or why there is none. */
export type Look = { readonly expiresAt: number } | { readonly endReason: string | undefined }

/**
 * Holds an opened session until somebody lets it go or it ends. `look` reads it again, at its deadline and every
 * `recheck` milliseconds.
 */
export function hold(
  session: Session,
  leave: Leave,
  look: () => Look | Promise<Look>,
  recheck: number,
): OpenMembers {
  const life = lifeOf(session)
  const { id } = session
  const ended = new AbortController()
  /** Set as long as the session is held. */
  let timer: NodeJS.Timeout | undefined

  const close = (): void => {
    if (!timer) return
    clearTimeout(timer)
    timer = undefined
    unwatch()
    void letGo(session, id, leave)
  }

  const end = (reason: string | undefined): void => {
    if (!timer) return
    life.endReason = reason
    close()
    const why = reason === undefined ? '' : `: ${reason}`
    ended.abort(new SessionError('ERR_SESSION_ENDED', `Session ${id} has ended${why}.`))
  }

  const lookAgain = async (): Promise<void> => {
    let expiresAt = Infinity
    try {
      const found = await look()
      if ('endReason' in found) return end(found.endReason)
      expiresAt = found.expiresAt
    } catch (error) {
      // A store that is down ends no session.
      reportError(life.ctx, error)
    }
    if (timer) lookBy(expiresAt)
  }

  const lookBy = (expiresAt: number, soonest: number = LONGEST_TIMER): void => {
    // Over only a moment after the deadline.
    const left = Math.max(1, expiresAt + 1 - session.now)
    timer = setTimeout(() => void lookAgain(), Math.min(left, recheck, soonest)).unref()
  }

  const unwatch = watchEnd(id, end)
  // It may have ended while it was being opened.
  lookBy(life.record!.expiresAt, FIRST_LOOK)
  return { signal: ended.signal, close, [Symbol.dispose]: close }
}

async function letGo(session: Session, id: string, leave: Leave): Promise<void> {
  const { ctx } = lifeOf(session)
  try {
    if (session.changed) reportError(ctx, unsaved(id))
    session.noStore = true
    await leave()
  } catch (error) {
    reportError(ctx, error)
  } finally {
    // From now on the client counts as gone.
    ctx.res.destroy()
    ctx.res.emit('close')
  }
}

function unsaved(id: string): SessionError {
  return new SessionError(
    'ERR_SESSION_LATE_WRITE',
    `Session ${id} was opened, changed, and let go or ended before it was saved, so the changes are lost. ` +
      'Call save() after the last change.',
  )
}
