import { headersLeft } from '../http/response.ts'
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
