import {
  ConflictError,
  isFailure,
  reportError,
  type Session,
  type Stage,
  stage,
  UnsupportedError,
} from './index.ts'
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
  return stage('statusMessages', async function* (ctx, session) {
    const mailbox = new Mailbox(session, plan)
    const messages = new StatusMessages(ctx, mailbox, plan.param)
    Object.defineProperty(ctx, plan.as, { value: messages, configurable: true })
    if (plan.toState) {
      const get = (): object => messages.messages
      Object.defineProperty(ctx.state, plan.as, { get, enumerable: true, configurable: true })
    }
    try {
      yield
    } catch (error) {
      // The handler's error is the one that is answered; a second one is only reported.
      if (!isFailure(ctx, { error })) {
        await settle(session, mailbox).catch((second: unknown) => reportError(ctx, second))
      }
      throw error
    }
    if (mailbox.opened && !isFailure(ctx)) await settle(session, mailbox)
  })
}

/** Stores what was added and takes out what was shown. Neither happens to a request that fails. */
async function settle(session: Session, mailbox: Mailbox): Promise<void> {
  if (!mailbox.opened || session.noStore || session.unavailable) return
  // Nobody else knows a session that has not been stored yet, so it is saved with the rest of it.
  if (!session.stored) return mailbox.changeNew(session.data)
  try {
    await session.update((newest) => mailbox.change(newest))
  } catch (error) {
    if (error instanceof UnsupportedError) return mailbox.change(session.data)
    if (!session.barred || !(error instanceof ConflictError)) throw error
    // A parallel request has ended the session, and its messages with it.
    if (mailbox.adds) session.emit('session:conflict', { keys: [mailbox.key] })
  }
}
