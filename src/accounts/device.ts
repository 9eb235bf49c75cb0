import type { Context } from 'koa'
import type { Session } from '../index.ts'
import { networkOf } from '../stages.ts'
import { checkText } from './checks.ts'
import type { AccountsPlan } from './options.ts'
import type { Device } from './session-index.ts'

/** Longest user agent that is kept, in characters. */
const LONGEST_USER_AGENT = 512

/** From where this request comes. @throws TypeError for a label that cannot be shown. */
export function deviceOf(ctx: Context, session: Session, { label }: AccountsPlan): Device {
  const given = label?.(ctx, session)
  return {
    userAgent: ctx.get('User-Agent').slice(0, LONGEST_USER_AGENT),
    network: networkOf(ctx.ip),
    label: given === undefined || given === null ? undefined : checkText('the label', given),
  }
}
