import { Agent, get } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'

export interface Answer {
  readonly status: number
  readonly body: { readonly result?: unknown; readonly code?: string; readonly stack?: string }
  /** What the answer sets the cookie to: `sid=…`. */
  readonly cookie: string | undefined
}

const agent = new Agent({ keepAlive: true, maxSockets: Infinity })

/** One request. Rejects when the server dies before it has answered. */
export function ask(url: string, path: string, cookie?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = cookie === undefined ? {} : { cookie }
    get(`${url}${path}`, { agent, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () => {
        const line = response.headers['set-cookie']?.[0]
        const status = response.statusCode ?? 0
        resolve({ status, body: JSON.parse(text) as Answer['body'], cookie: line?.split(';')[0] })
      })
    }).on('error', reject)
  })
}

/** The data that the session has now. */
export async function dataOf(url: string, cookie: string): Promise<Readonly<Record<string, number>>> {
  const { status, body } = await ask(url, '/data', cookie)
  if (status !== 200) throw new Error(`The session could not be read: ${status} ${body.code}.`)
  return body.result as Record<string, number>
}

/** A new session: its cookie. */
export async function begin(url: string): Promise<string> {
  const { cookie, status } = await ask(url, '/start')
  if (cookie === undefined) throw new Error(`No session was begun: status ${status}.`)
  return cookie
}

/** Serves an application of this process. */
export async function serveHere(app: Koa): Promise<{ url: string; stop: () => void }> {
  const server = app.listen(0, '127.0.0.1')
  server.keepAliveTimeout = 0
  await once(server, 'listening')
  const stop = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

/** How many of the answers have which status, such as `200: 1000`. */
export function statuses(answers: readonly Answer[]): string {
  const counts = new Map<string, number>()
  for (const { status, body } of answers) {
    const name = body.code === undefined ? String(status) : `${status} ${body.code}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => `${name}: ${count}`).join(', ')
}
