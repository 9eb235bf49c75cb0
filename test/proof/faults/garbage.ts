import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { CookieState, HeaderState, MemoryStore, ParameterState } from '../../../src/index.ts'
import { application } from '../application.ts'
import { serveHere } from '../client.ts'
import type { Report } from '../program.ts'

/** Random bytes wherever a token can be. */
export async function sendGarbage(report: Report, requests: number): Promise<void> {
  const store = new MemoryStore()
  const state = [new CookieState(), new HeaderState(), new ParameterState()]
  const { url, stop } = await serveHere(application({ store, state }))
  const counts = new Map<number, number>()
  for (let sent = 0; sent < requests; sent += 1) {
    const status = await sendRaw(Number(new URL(url).port), garbledRequest())
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  stop()
  report.check(
    `garbage: ${requests} requests with random bytes for a token are served without a session, or refused by the parser`,
    [...counts.keys()].every((status) => status === 200 || status === 400) && counts.has(200),
    [...counts].map(([status, count]) => `${status}: ${count}`).join(', '),
  )
  report.check('garbage: it makes no record', store.size === 0, `${store.size} records`)
}

function garbledRequest(): Buffer {
  const cookie = [
    Buffer.from(Math.random() < 0.7 ? 'sid=' : ''),
    noise(),
    Buffer.from(Math.random() < 0.3 ? '; sid=' : ''),
    noise(),
  ]
  // The parser wants a readable address, so most of the noise comes percent-encoded there.
  const query =
    Math.random() < 0.95
      ? Buffer.from(noise().toString('hex').replaceAll(/../g, '%$&'))
      : noise().map((byte) => (byte <= 32 ? 37 : byte))
  return Buffer.concat([
    Buffer.from('GET /data?sid='),
    query,
    Buffer.from(' HTTP/1.1\r\nHost: localhost\r\nCookie: '),
    ...cookie,
    Buffer.from('\r\nx-session-token: '),
    noise(),
    Buffer.from('\r\nConnection: close\r\n\r\n'),
  ])
}

function noise(): Buffer {
  // A line end would begin another header, and other control characters mostly end the request early.
  const least = Math.random() < 0.05 ? 1 : 32
  const bytes = randomBytes(randomInt(1, 200))
  for (const [at, byte] of bytes.entries())
    if (byte < least || byte === 10 || byte === 13 || byte === 127) bytes[at] = 97
  return bytes
}

/** The status; 0 when the connection ended without an answer. */
async function sendRaw(port: number, bytes: Buffer): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)
}
