import { hasChanges } from '../draft/draft.ts'
import { headersLeft } from '../http/response.ts'
import { deadlineAfter, deadlineAnew, deadlineOf } from './extension.ts'
import type { Life } from './life.ts'

/** Tells the client what it has to know, while the headers can carry it. */
export function tell(life: Life): void {
  const { ctx, credential, cookieOptions, used, deliver } = life
  if (!deliver || headersLeft(ctx)) return
  const silent = life.overtaken !== undefined || life.phase === 'unavailable'
  const until = life.promisedUntil ?? life.record?.expiresAt
  // What is stored, or promised to be; not what this request wants and does not save.
  const persistent = (life.promisedUntil === undefined ? life.record?.meta : life.draft.lifetimes)?.persistent
  let what = silent ? 'none' : credential.news(until, persistent)
  // Other attributes have to reach the client, even if nothing else has changed.
  if (what === 'none' && !silent && until !== undefined && cookieOptions !== undefined) what = 'renew'
  if (what === 'none' && !used) return
  const sent = what === 'send' || what === 'renew'
  deliver(ctx, {
    what,
    token: sent ? credential.token : undefined,
    shown: credential.shown,
    expiresAt: until ?? 0,
    now: what === 'none' ? 0 : life.now,
    attributes: !sent || persistent === undefined ? cookieOptions : { persistent, ...cookieOptions },
    used,
  })
  if (sent) credential.delivered(until, persistent)
}

/** The client is told now of what is stored only when the answer has been sent. */
export function promiseRecord(life: Life, save: boolean): void {
  const { draft, record, credential, now } = life
  const changes = draft.changes()
  const changed = save && hasChanges(changes)
  if (!record && !changed) return
  const meta = draft.applyMeta(changes, record?.meta ?? { createdAt: now, updatedAt: now }, now)
  if (!record) life.promisedUntil = deadlineAnew(life, meta, now)
  else
    life.promisedUntil = changed
      ? deadlineAfter(life, changes, { ...record, meta }, now)
      : deadlineOf(life, record, now)
  credential.take(credential.identity)
}
