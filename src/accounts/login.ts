import type { MaybePromise } from '../index.ts'
import type { Claim, IndexView, Listed } from './session-index.ts'
import { newKey, type Stamp } from './stamp.ts'

/** A login that a request has come with, or that took place in it. */
export interface Login {
  readonly subject: string
  readonly stamp: Stamp
  /** What the index is asked, of a login that took place in this request. */
  readonly asked: MaybePromise<IndexView> | undefined
  readonly claim: Claim
  /** What the index had of it on the way in. */
  readonly listed: Listed | undefined
}

/** The index is asked at once: the sooner, the more its answer proves. Nobody waits for it before the request ends. */
export function newLogin(
  subject: string,
  of: string,
  at: number,
  look: (subject: string) => MaybePromise<IndexView>,
): Login {
  const asked = look(subject)
  if ('then' in asked) asked.then(undefined, () => undefined)
  const generation = 'then' in asked ? undefined : asked.generation
  const stamp = { key: newKey(), of, at, ...(generation !== undefined && { generation }) }
  return { subject, stamp, asked, claim: { generation, from: at, to: at }, listed: undefined }
}

/** Why a login is over; `undefined` when it is not, or only has to be listed again. */
export function reasonOfEnd(
  view: IndexView,
  listed: Listed | undefined,
  { key, at, generation = at }: Partial<Stamp> & { readonly at: number },
): string | undefined {
  const ended = key === undefined ? undefined : view.endedAs(key)
  return ended ?? (!listed && generation < view.generation ? view.reason : undefined)
}
