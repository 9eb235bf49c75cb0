import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Context } from 'koa'
import { isPlainData, unknownOption, wrongOption } from '../checks/messages.ts'
import type { SessionContext, Sessions } from '../index.ts'

/** The request by which a test mints or reads a session, as far as your options and stages look at it. */
export interface TestClient {
  /** Address of the client, for `verifyAddress`. Default `'127.0.0.1'`, where a server under test sees its client. */
  readonly address?: string | undefined
  /** Headers that the client sends, such as `User-Agent`, for `verifyUserAgent`. Default: `Host` alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Path and query of the request. Default `'/'`. */
  readonly url?: string | undefined
}

/** As the middleware types it, whatever the name of the session. */
export type TestContext = Context & SessionContext

const NAMES = ['address', 'headers', 'url']

/**
 * What a Koa server makes of a request over HTTPS, without a connection.
 *
 * @throws SessionConfigError for a client that is described wrongly.
 */
export function contextFor(sessions: Pick<Sessions, 'app'>, method: string, client: TestClient): TestContext {
  const { address, headers, url } = checkedClient(client)
  const socket = new Socket()
  Object.defineProperties(socket, { remoteAddress: { value: address }, encrypted: { value: true } })
  const req = new IncomingMessage(socket)
  Object.assign(req, { method, url, httpVersion: '1.1', httpVersionMajor: 1, httpVersionMinor: 1 })
  req.headers['host'] = 'localhost'
  for (const [name, value] of Object.entries(headers)) req.headers[name.toLowerCase()] = value
  return sessions.app.createContext(req, new ServerResponse(req)) as TestContext
}

function checkedClient(client: TestClient): {
  address: string
  headers: Record<string, string>
  url: string
} {
  if (!isPlainData(client)) throw wrongOption('the client', `an object with ${NAMES.join(', ')}`, client)
  const unknown = Object.keys(client).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) throw unknownOption(undefined, unknown, NAMES)
  const { address = '127.0.0.1', headers = {}, url = '/' } = client
  if (typeof address !== 'string') throw wrongOption('address', 'a text such as 127.0.0.1', address)
  if (!areTexts(headers)) throw wrongOption('headers', 'an object of texts', headers)
  if (typeof url !== 'string' || !url.startsWith('/'))
    throw wrongOption('url', 'a text that begins with /', url)
  return { address, headers, url }
}

function areTexts(headers: unknown): headers is Record<string, string> {
  return isPlainData(headers) && Object.values(headers).every((value) => typeof value === 'string')
}
