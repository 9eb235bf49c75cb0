import type { Revision } from '../draft/revision.ts'
import type { SessionEvent, SessionEventName } from '../events.ts'
import type { Deliver, Measure } from './credential.ts'
import { lifeOf, type Session } from './session.ts'
import type { ExtensionRule } from './settings.ts'
import { tell } from './telling.ts'
import { refuse } from './transitions.ts'

/*
 * What a stage can do to a session beyond its members. The built-in stages are made with these, and yours can be.
 */

/** Gives the session the tokens that the client showed, best first. None of them is verified; `persist` looks them up. */
export function presentTokens(session: Session, tokens: readonly string[]): void {
  lifeOf(session).tokens = tokens
}

/** Tells which texts can be tokens at all: where a client shows many, only those count. */
export function tokenTest(session: Session): ((text: string) => boolean) | undefined {
  return lifeOf(session).settings.couldBe
}

/**
 * `deliver` tells the client of its session: at `deliverToken`, and after each verb, as the headers may leave then.
 * `measure` throws when a token that carries the session does not fit.
 */
export function onDelivery(session: Session, deliver: Deliver, measure?: Measure): void {
  const life = lifeOf(session)
  life.deliver = deliver
  life.measure = measure
}

/** Tells the client what it has to know of its session. Nothing happens when the headers have left. */
export function deliverToken(session: Session): void {
  tell(lifeOf(session))
}

/**
 * Ends the session that the client got in with, at once for this request; the commit tells the store. Other
 * sessions that the client showed stay, unlike with `session.destroy`.
 */
export function endSession(session: Session, reason?: string): void {
  lifeOf(session).end(reason)
}

/** Gives this request no session: an empty one stands in that cannot be written, and nothing is stored or sent. */
export function refuseSession(session: Session, reason?: string): void {
  refuse(lifeOf(session), reason)
}

/** This request has no session that could be stored. */
export function isUnavailable(session: Session): boolean {
  return lifeOf(session).phase === 'unavailable'
}

/** Counts as a look through `ctx.session`: a use of the session. */
export function useSession(session: Session): void {
  lifeOf(session).used = true
}

/**
 * Brings the data of records to another form before anybody sees them: in this request, in the function of `update()`,
 * and where parallel requests are merged. It happens when a key is first looked at, and that alone is no change; when the
 * record is written, it is written in the new form. What the functions of `revision` throw is thrown at the look.
 */
export function reviseData(session: Session, revision: Revision): void {
  lifeOf(session).revision = revision
}

/** Leaves out the keys that are past a deadline of their own (`session.expireKey`), from now on. */
export function dropExpiredKeys(session: Session): void {
  const life = lifeOf(session)
  life.expiresKeys = true
  if (life.record) life.draft.expireKeys(life.records?.judgedAt ?? life.now)
}

/** Sets the rule by which a session that was used and not modified is extended. A modified one always is. */
export function extendWhen(session: Session, rule: ExtensionRule): void {
  lifeOf(session).rule = rule
}

/** What this request has done with the flash: nothing, assigned at most, or looked at the messages. */
export function flashUse(session: Session): 'none' | 'assigned' | 'looked' {
  const { draft } = lifeOf(session)
  if (!draft.flashAsked) return 'none'
  return draft.flash.looked ? 'looked' : 'assigned'
}

/** There are messages that this request has not put there itself. */
export function flashWaits(session: Session): boolean {
  return lifeOf(session).draft.flash.waits
}

/** Takes out the messages that this request has looked at; it goes on seeing them. */
export function sweepFlash(session: Session): void {
  lifeOf(session).draft.flash.sweep()
}

/** Emits an event of this session on the app. */
export function emitSessionEvent(
  session: Session,
  name: SessionEventName,
  details: Omit<SessionEvent, 'ctx' | 'id'> = {},
): void {
  lifeOf(session).emit(name, details)
}

/**
 * `fn` runs just before a key of the data is assigned or deleted, and what it returns just after, in the same turn:
 * for stages that have to know when a value appeared. Not for what changes inside of a value, nor inside of `update`.
 */
export function onAssign(session: Session, fn: () => (() => void) | undefined): void {
  const life = lifeOf(session)
  const others = life.assigning
  life.assigning = others
    ? () => {
        const [first, second] = [others(), fn()]
        return () => {
          first?.()
          second?.()
        }
      }
    : fn
}

/** The clock of the option `clock`: for what a stage does between requests. */
export function clockOf(session: Session): () => number {
  return lifeOf(session).settings.clock
}
