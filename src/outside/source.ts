import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { isPlainData, kindOf } from '../checks/messages.ts'

/** What a session is opened with: the request of a client, as a WebSocket upgrade has it, or an id that was kept. */
export type SessionSource = IncomingMessage | { readonly id: string }

/** A request, or the id and a request that nobody has made. */
export interface Opening {
  readonly req: IncomingMessage
  readonly id: string | undefined
}

/** SHA-256 in base64url, whatever the format of tokens. */
const ID = /^[\w-]{43}$/

/** @throws TypeError for anything else. The message shows nothing of it, as it may be a token. */
export function checkSource(source: unknown): Opening {
  if (isRequest(source)) return { req: source, id: undefined }
  const { id } = Object(source) as { readonly id?: unknown }
  if (!isPlainData(source) || Object.keys(source).length !== 1 || typeof id !== 'string') {
    throw new TypeError(
      `Expected a request or { id } to open a session with, got ${kindOf(source)}. Of a Koa context, give ctx.req.`,
    )
  }
  if (!ID.test(id)) {
    throw new TypeError(
      `Expected the id of a session, which is 43 characters of base64url (ctx.session.id), got ${id.length} characters.`,
    )
  }
  return byId(id)
}

/** The opening of an id, whose request says nothing. */
export function byId(id: string): Opening {
  const req = new IncomingMessage(new Socket())
  req.method = 'GET'
  req.url = '/'
  return { req, id }
}

/** A Koa context has these properties too, but is no stream. */
function isRequest(source: unknown): source is IncomingMessage {
  const { url, headers, on } = Object(source) as Partial<IncomingMessage>
  return (
    typeof url === 'string' && typeof headers === 'object' && headers !== null && typeof on === 'function'
  )
}
