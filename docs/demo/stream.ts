import type { ServerResponse } from 'node:http'

const PING = 20_000

/** Server-sent events (WHATWG HTML, section 9.2). */
export class EventStream {
  readonly #res: ServerResponse
  readonly #ping: NodeJS.Timeout

  constructor(res: ServerResponse) {
    this.#res = res
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
    // Proxies close what is silent for long.
    this.#ping = setInterval(() => res.write(':\n\n'), PING).unref()
  }

  readonly send = (event: string, data: object): void => {
    if (this.#res.writable) this.#res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  end(): void {
    clearInterval(this.#ping)
    this.#res.end()
  }
}
