import { request as send } from 'node:http'
import type { IncomingMessage } from 'node:http'

/** What one HTTP exchange brought. */
export interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
  readonly lines: readonly string[]
}

export interface Asked {
  readonly url: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * A request without a library: scenarios need the moment at which the headers arrive, and no help with cookies.
 * `onHeaders` runs then, while the body may go on.
 */
export async function exchange(asked: Asked, onHeaders: () => void): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // Spaces and quotes of a hostile path have to travel as they would from a browser.
    send(new URL(encodeURI(asked.path), asked.url), { headers: { ...asked.headers, connection: 'close' } })
      .once('response', resolve)
      .once('error', reject)
      .end()
  })
  onHeaders()
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk)
  return {
    status: response.statusCode ?? 0,
    location: response.headers.location,
    body,
    lines: response.headers['set-cookie'] ?? [],
  }
}
