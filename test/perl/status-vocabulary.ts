import type { StatusMessagesContext, StatusMessagesOptions } from '../../src/status-messages.ts'
import type { Settings } from './scenario.ts'
import { Named } from './symbols.ts'
import type { Visit, Vocabulary } from './visit.ts'

/** A scenario's settings for status messages: our options, and the names Catalyst puts into the stash. */
export interface StatusSetup {
  readonly options: StatusMessagesOptions & { readonly param: string; readonly key: string }
  readonly stash: Readonly<Record<'status' | 'error', string>>
}

export function statusSetup(config: Settings): StatusSetup | undefined {
  if (config['statusMessage'] !== true) return undefined
  const { tokenParam, sessionPrefix, statusMsgStashKey, errorMsgStashKey } = (config['statusMessageConfig'] ??
    {}) as Readonly<Record<string, string>>
  return {
    options: { param: tokenParam ?? 'mid', key: sessionPrefix ?? 'status_msg' },
    stash: { status: statusMsgStashKey ?? 'status_msg', error: errorMsgStashKey ?? 'error_msg' },
  }
}

/** Messages as Catalyst keeps them in the session: by kind, then by token. Ours are annotations, one a token. */
export function byKind(
  annotations: Readonly<Record<string, unknown>>,
  key: string,
): Record<string, Record<string, Record<string, unknown>>> {
  const kinds: Record<string, Record<string, unknown>> = {}
  for (const name of Object.keys(annotations)) {
    if (!name.startsWith(`${key}:`)) continue
    const { messages } = annotations[name] as { messages: object }
    for (const [kind, message] of Object.entries(messages))
      (kinds[kind] ??= {})[name.slice(key.length + 1)] = message
  }
  return Object.keys(kinds).length > 0 ? { [key]: kinds } : {}
}

/** What the operations of Catalyst's StatusMessage are with us. */
export const STATUS: Vocabulary = {
  setStatusMsg: (visit, message: string) => named(messagesOf(visit).add({ status: message })),
  setErrorMsg: (visit, message: string) => named(messagesOf(visit).add({ error: message })),
  // Catalyst fills the stash, ours are asked when a page shows them.
  loadStatusMsgs: (visit) => {
    const { options, stash } = visit.world.status!
    if (visit.ctx.query[options.param] === undefined) return
    const { status, error } = messagesOf(visit)
    Object.assign(visit.ctx.state, { [stash.status]: status ?? '', [stash.error]: error ?? '' })
  },
}

function messagesOf({ ctx }: Visit): StatusMessagesContext['statusMessages'] {
  return (ctx as unknown as StatusMessagesContext).statusMessages
}

function named(token: string | undefined): Named | undefined {
  return token === undefined ? undefined : new Named(token)
}
