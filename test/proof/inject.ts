import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type Koa from 'koa'
import type { Answer } from './client.ts'

/** Asks an application without a network in between, which would need descriptors of its own. */
export function injector(app: Koa): (path: string, cookie?: string) => Promise<Answer> {
  const handle = app.callback()
  return (path, cookie) =>
    new Promise((resolve) => {
      const request = new IncomingMessage(new Socket())
      request.method = 'GET'
      request.url = path
      request.headers = { host: 'localhost', ...(cookie !== undefined && { cookie }) }
      const response = new ServerResponse(request)
      response.end = (text: unknown) => {
        const line = [response.getHeader('set-cookie') ?? []].flat()[0]
        resolve({
          status: response.statusCode,
          body: JSON.parse(String(text)) as Answer['body'],
          cookie: line === undefined ? undefined : String(line).split(';')[0],
        })
        return response
      }
      void handle(request, response)
    })
}
