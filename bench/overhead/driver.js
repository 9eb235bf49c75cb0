// Gives an application real request and response objects over a socket that leads nowhere: all that Node and Koa do
// for a request, without the kernel and the HTTP parser, whose cost would hide what is measured.
import { IncomingMessage, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'

class Sink extends Duplex {
  remoteAddress = '127.0.0.1'
  /** What was written since it was last emptied, if somebody wants to know. */
  written = undefined

  constructor() {
    super({ read() {}, decodeStrings: false })
  }

  _write(chunk, _encoding, done) {
    if (this.written !== undefined) this.written += chunk
    done()
  }
}

/** One kept connection: gives the application a request, and calls back with the response when it has been written. */
export class Connection {
  #handle
  #socket = new Sink()

  constructor(handle) {
    this.#handle = handle
  }

  request(path, cookie, done) {
    const socket = this.#socket
    const request = new IncomingMessage(socket)
    request.httpVersionMajor = 1
    request.httpVersionMinor = 1
    request.httpVersion = '1.1'
    request.method = 'GET'
    request.url = path
    request.headers = cookie === undefined ? { host: 'localhost' } : { host: 'localhost', cookie }
    const response = new ServerResponse(request)
    response.assignSocket(socket)
    response.once('finish', () => {
      response.detachSocket(socket)
      done(response)
    })
    this.#handle(request, response)
  }

  /** The whole answer, for the one who wants to read it. */
  send(path, cookie) {
    return new Promise((resolve) => {
      this.#socket.written = ''
      this.request(path, cookie, (response) => {
        const { written } = this.#socket
        this.#socket.written = undefined
        resolve({
          status: response.statusCode,
          setCookie: [response.getHeader('set-cookie') ?? []].flat(),
          body: written.slice(written.indexOf('\r\n\r\n') + 4),
        })
      })
    })
  }
}
