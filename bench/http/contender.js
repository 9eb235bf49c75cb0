import { fork } from 'node:child_process'
import autocannon from 'autocannon'
import { ask } from '../ask.js'
import { CONTENDERS } from '../contenders/index.js'
import { readBack, seeded } from '../contenders/visitor.js'
import { WORKLOADS } from '../contenders/workloads.js'

const CONNECTIONS = 32

/** One contender in a server of its own, and the visitors that it has. */
export class Contender {
  #process
  #port
  #cookies

  constructor(name, workload) {
    this.#process = fork(new URL('server.js', import.meta.url), [name, workload], {
      env: { ...process.env, NODE_ENV: 'production' },
    })
    this.name = name
    this.workload = workload
  }

  /** Resolves when it listens, its sessions were seen to work, and its visitors have theirs. */
  async begin() {
    this.#port = (await this.#ask()).port
    const send = (path, cookie) => this.#fetch(path, cookie)
    const { keepsSessions } = CONTENDERS[this.name]
    if (keepsSessions) await readBack(send)
    const { visitors } = WORKLOADS[this.workload]
    this.#cookies = keepsSessions ? await seeded(send, visitors) : foreign(visitors)
  }

  /** Loads it for so many seconds. `processor` is the time of one that the server used for a request, in µs. */
  async turn(seconds) {
    const before = await this.#ask()
    const { requests, latency, duration, non2xx, errors } = await autocannon({
      url: `http://127.0.0.1:${this.#port}`,
      connections: CONNECTIONS,
      duration: seconds,
      sampleInt: 100,
      setupClient: this.#visitorsInTurn(),
    })
    if (non2xx + errors > 0) throw new Error(`${non2xx + errors} requests failed`)
    const used = (await this.#ask()).processor - before.processor
    return {
      throughput: requests.total / duration,
      p99: latency.p99,
      processor: used / requests.total,
      busy: used / 1e6 / duration,
    }
  }

  end() {
    this.#process.kill()
  }

  /** Each connection is that of some visitors of its own. */
  #visitorsInTurn() {
    const cookies = this.#cookies
    let connection = 0
    return (client) => {
      const own = cookies.filter(
        (_, n) => n % CONNECTIONS === connection % Math.min(CONNECTIONS, cookies.length),
      )
      client.setRequests(own.map((cookie) => ({ path: '/', headers: headersWith(cookie) })))
      connection += 1
    }
  }

  async #fetch(path, cookie) {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, { headers: headersWith(cookie) })
    return {
      status: response.status,
      setCookie: response.headers.getSetCookie(),
      body: await response.text(),
    }
  }

  #ask() {
    return ask(this.#process, 'port and processor time')
  }
}

/** Bare Koa gets requests of the same length: to read the header of a cookie is no cost of the session either. */
function foreign(visitors) {
  if (visitors === 0) return [undefined]
  return Array.from({ length: visitors }, (_, n) => `sid=${String(n).padStart(43, 'A')}`)
}

const headersWith = (cookie) => (cookie === undefined ? {} : { cookie })
