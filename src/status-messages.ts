import { type Stage, stage } from './index.ts'
import { isFailure, isUnavailable, isUnseen } from './stages.ts'
import { Mailbox } from './status-messages/mailbox.ts'
import { planStatusMessages, type StatusMessagesOptions } from './status-messages/options.ts'
import { StatusMessages } from './status-messages/messages.ts'

export type { StatusMessagesOptions } from './status-messages/options.ts'
export type {
  Messages,
  StatusMessageKinds,
  StatusMessages,
  StatusMessagesContext,
} from './status-messages/messages.ts'

/**
 * One-time messages that belong to one link, after Catalyst::Plugin::StatusMessage: what a redirect has to
 * say waits in the session under a token, and the page that is asked for with this token shows it. So each
 * tab gets its own, whatever other requests do meanwhile. Put the stage anywhere after `persist`:
 *
 * `session(app, { stages: (defaults) => defaults.after('flash', statusMessages()) })`
 *
 * @throws SessionConfigError for a mistake in the options.
 */
export function statusMessages(options: StatusMessagesOptions = {}): Stage<'statusMessages'> {
  const plan = planStatusMessages(options)
  return stage('statusMessages', function* (ctx, session) {
    const mailbox = new Mailbox(session, plan)
    const messages = new StatusMessages(ctx, mailbox, plan.param)
    Object.defineProperty(ctx, plan.as, { value: messages, configurable: true })
    if (plan.toState) {
      const get = (): object => messages.messages
      Object.defineProperty(ctx.state, plan.as, { get, enumerable: true, configurable: true })
    }
    let thrown: { readonly error: unknown } | undefined
    try {
      yield
    } catch (error) {
      thrown = { error }
      throw error
    } finally {
      // A request that fails neither keeps messages nor uses any up. What nobody has seen is not used up.
      if (!isFailure(ctx, thrown) && !session.noStore && !isUnavailable(session)) {
        mailbox.settle(!isUnseen(ctx, thrown))
      }
    }
  })
}
