import { Connection } from './driver.js'

const IN_FLIGHT = 8

/** Sends blocks of requests, eight in flight, whose cookies go round in a ring. */
export class Blocks {
  #connections
  #cookies
  #rolling
  #next = 0

  constructor(handle, cookies, rolling = false) {
    this.#connections = Array.from({ length: IN_FLIGHT }, () => new Connection(handle))
    this.#cookies = cookies
    this.#rolling = rolling
  }

  /**
   * Nanoseconds of processor time that a request took; throws when one of them fails. Not the time on the wall: in
   * the same rounds, on two processors that others use too, its ratios spread two to four times as far, and where
   * requests wait for each other it counts the waiting, in which a server does something else. What the collector
   * and the compiler do in threads of their own is counted.
   */
  async run(requests) {
    const before = process.cpuUsage()
    if (this.#rolling) await this.#roll(requests)
    else for (let left = requests / IN_FLIGHT; left > 0; left -= 1) await this.#batch()
    const { user, system } = process.cpuUsage(before)
    return ((user + system) * 1000) / requests
  }

  /**
   * The eight begin in one turn of the event loop, so that all have begun before the first has ended, also where a
   * store answers at once. The next eight begin in a turn of their own.
   */
  #batch() {
    return new Promise((resolve, reject) => {
      let open = IN_FLIGHT
      for (const connection of this.#connections) {
        this.#send(connection, reject, () => {
          open -= 1
          if (open === 0) setImmediate(resolve)
        })
      }
    })
  }

  /** When one has ended, the next begins at once, beside the seven others wherever they are. */
  #roll(requests) {
    return new Promise((resolve, reject) => {
      let begun = 0
      let ended = 0
      const go = (connection) => {
        if (begun === requests) return
        begun += 1
        this.#send(connection, reject, () => {
          ended += 1
          if (ended === requests) resolve()
          else go(connection)
        })
      }
      this.#connections.forEach(go)
    })
  }

  #send(connection, reject, done) {
    const cookie = this.#cookies[this.#next]
    this.#next = (this.#next + 1) % this.#cookies.length
    connection.request('/', cookie, ({ statusCode }) => {
      if (statusCode === 200) done()
      else reject(new Error(`it answered a request with ${statusCode}`))
    })
  }
}
