import { request as requestHttp1 } from 'node:http'
import { connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import type { Served } from './serve.ts'

export interface Reply {
  readonly status: number
  readonly text: string
  /** The value of the cookie, `''` when it is cleared; `undefined` when none is sent. */
  readonly token: string | undefined
}

export interface Sent {
  /** Rejects when the request is aborted before it is answered. */
  readonly reply: Promise<Reply>
  readonly abort: () => void
}

/** Sends a request with the cookie, if there is one. */
export type Send = (path: string, token?: string, method?: string) => Sent

export const PROTOCOLS = {
  'HTTP/1.1': async (_t: ExecutionContext, { url }: Served): Promise<Send> => overHttp1(url),
  'HTTP/2': overHttp2,
} as const

const cookie = (token: string | undefined): { cookie?: string } => (token ? { cookie: `sid=${token}` } : {})

function replyOf(status: number | undefined, lines: unknown, text: string): Reply {
  const line = [lines ?? []]
    .flat()
    .map(String)
    .find((one) => one.startsWith('sid='))
  return { status: status ?? 0, text, token: line?.slice(4).split(';')[0] }
}

function overHttp1(url: string): Send {
  return (path, token, method = 'GET') => {
    const request = requestHttp1(url + path, { method, headers: cookie(token), agent: false })
    const reply = new Promise<Reply>((resolve, reject) => {
      request.on('error', reject).on('response', (response) => {
        let text = ''
        response
          .on('data', (chunk: Buffer) => (text += chunk.toString()))
          .on('error', reject)
          .on('end', () => resolve(replyOf(response.statusCode, response.headers['set-cookie'], text)))
      })
    })
    request.end()
    return { reply, abort: () => request.destroy() }
  }
}

async function overHttp2(t: ExecutionContext, { app }: Served): Promise<Send> {
  const server = createServer(app.callback() as never).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.teardown(() => {
    client.destroy()
    server.close()
  })
  return (path, token, method = 'GET') => {
    const stream = client.request({ ':path': path, ':method': method, ...cookie(token) })
    const reply = new Promise<Reply>((resolve, reject) => {
      let text = ''
      let status: number | undefined
      let lines: unknown
      stream
        .on('response', (headers) => {
          status = headers[':status']
          lines = headers['set-cookie']
        })
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('error', reject)
        .on('close', () =>
          status === undefined ? reject(new Error('aborted')) : resolve(replyOf(status, lines, text)),
        )
    })
    stream.end()
    return { reply, abort: () => stream.destroy() }
  }
}
