import { type Stage, stage } from '../pipeline/stage.ts'
import { answerMismatch, type BindingSource, type OnMismatch } from './mismatch.ts'
import { sameNetwork } from './network.ts'

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
 * Compares the client's address with the one that created the session. Mobile clients change theirs, and
 * behind a round-robin proxy every request may: let them opt out by `session.boundAddress = undefined`.
 */
export function verifyAddress(options: VerifyAddressOptions | boolean): Stage<'verifyAddress'> {
  const {
    ipv4 = 32,
    ipv6 = 128,
    by = (ctx) => ctx.ip,
    onMismatch = 'destroy',
  } = Object(options) as VerifyAddressOptions
  const prefixes = { ipv4, ipv6 }
  return stage(
    'verifyAddress',
    function* (ctx, session) {
      const bound = session.boundAddress
      if (bound !== undefined && !sameNetwork(bound, by(ctx), prefixes)) {
        answerMismatch(session, 'address mismatch', onMismatch)
      }
      session.onCreate(() => {
        session.annotations['boundAddress'] = by(ctx)
      })
    },
    { off: options === false },
  )
}
