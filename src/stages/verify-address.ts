import type { Context } from 'koa'
import { type Stage, stage } from '../pipeline/stage.ts'
import { answerMismatch, type BindingSource, digest, type OnMismatch } from './mismatch.ts'
import { addressIn, sameNetwork } from './network.ts'

/** Behind a proxy the address is a header, and clients may write what they like. */
const LONGEST = 64

/** What `verifyAddress` compares. */
export interface VerifyAddressOptions {
  /** Leading bits of an IPv4 address that have to be equal. Default 32, the whole address; 24 lets a client move within its network. */
  readonly ipv4?: number | undefined
  /** The same of an IPv6 address. Default 128; 56 is what a household usually keeps. */
  readonly ipv6?: number | undefined
  /** Another source of the value. Default `ctx.ip`, which believes a proxy only with `app.proxy`. */
  readonly by?: BindingSource | undefined
  /** Default `'destroy'`. */
  readonly onMismatch?: OnMismatch | undefined
}

/**
 * Compares the client's address with the address that created the session. Mobile clients change theirs, and
 * behind a round-robin proxy every request may: let them opt out by `session.boundAddress = undefined`. Ports,
 * which some gateways write behind the address, are no part of it.
 */
export function verifyAddress(options: VerifyAddressOptions | boolean): Stage<'verifyAddress'> {
  const {
    ipv4 = 32,
    ipv6 = 128,
    by = (ctx) => ctx.ip,
    onMismatch = 'destroy',
  } = Object(options) as VerifyAddressOptions
  const prefixes = { ipv4, ipv6 }
  const shown = (ctx: Context): string => {
    const address = addressIn(by(ctx))
    return address.length > LONGEST ? digest(address) : address
  }
  return stage(
    'verifyAddress',
    function* (ctx, session) {
      const bound = session.boundAddress
      if (bound !== undefined && !sameNetwork(bound, shown(ctx), prefixes)) {
        answerMismatch(session, 'address mismatch', onMismatch)
      }
      session.onCreate(() => {
        session.annotations['boundAddress'] = shown(ctx)
      })
    },
    { off: options === false, needsClient: true },
  )
}
