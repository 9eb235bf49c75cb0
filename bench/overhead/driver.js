// Drives an application with real request and response objects, without kernel and HTTP parser.
import { IncomingMessage, ServerResponse } from 'node:http'

const SOCKET = { remoteAddress: '127.0.0.1', encrypted: false, readable: true, writable: true, on() {} }

export function driver(app) {
  const handle = app.callback()
  return (url, cookie) =>
    new Promise((resolve) => {
      const request = new IncomingMessage(SOCKET)
      request.method = 'GET'
      request.url = url
      request.headers = cookie === undefined ? { host: 'localhost' } : { host: 'localhost', cookie }
      const response = new ServerResponse(request)
      response.end = () => {
        resolve(response)
        return response
      }
      handle(request, response)
    })
}
