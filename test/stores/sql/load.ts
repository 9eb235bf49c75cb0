import { setTimeout as pause } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import type { Knex } from 'knex'
import { type Answer, ask, begin, dataOf, serveHere } from '../../proof/client.ts'
import { application } from '../../proof/application.ts'
import { openStore } from './databases.ts'

const VISITORS = 6
/** Of one operation. A request has some of them, and this machine other work. */
const TIMEOUT = 500
const LONGEST_REQUEST = 4 * TIMEOUT + 1_000
const RECOVERY = 500

interface Visitor {
  readonly cookie: string
  acknowledged: number
  refused: number
  /** When requests of it succeeded. */
  readonly successes: number[]
}

interface Seen extends Answer {
  readonly ms: number
}

/** A Koa application under load, while something happens to its database. */
export class Load {
  readonly url: string
  readonly seen: Seen[] = []
  readonly #visitors: Visitor[] = []
  readonly #stop: () => void
  #running = true
  #loops: Promise<void>[] = []

  private constructor(url: string, stop: () => void) {
    this.url = url
    this.#stop = stop
  }

  /** On a table of its own; stopped when the test has ended. */
  static async start(t: ExecutionContext, knex: Knex): Promise<Load> {
    const store = await openStore(knex, { timeout: TIMEOUT })
    const { url, stop } = await serveHere(application({ store }))
    const load = new Load(url, stop)
    t.teardown(async () => {
      await load.#end()
      await store.close()
    })
    for (let n = 0; n < VISITORS; n += 1) {
      load.#visitors.push({ cookie: await begin(url), acknowledged: 0, refused: 0, successes: [] })
    }
    load.#loops = [...load.#visitors.map((visitor) => load.#visit(visitor)), load.#arrive()]
    await pause(200)
    return load
  }

  /** Checks all that must hold, whatever has happened. `returned`: when the database was back. */
  async check(t: ExecutionContext, returned: number): Promise<Record<number, number>> {
    await pause(2 * RECOVERY)
    await this.#end()
    const statuses: Record<number, number> = {}
    for (const { status, ms, cookie, body } of this.seen) {
      statuses[status] = (statuses[status] ?? 0) + 1
      t.true(status === 200 || status === 503, `${status} ${body.code} ${body.stack}`)
      t.true(ms < LONGEST_REQUEST, `a request took ${ms} ms`)
      if (status === 503) t.is(cookie, undefined, 'a cookie was issued because the store was down')
    }
    for (const { cookie, acknowledged, refused, successes } of this.#visitors) {
      const first = successes.find((time) => time > returned) ?? Infinity
      t.true(first - returned < RECOVERY, `it took ${first - returned} ms to recover`)
      const count = (await dataOf(this.url, cookie))['count'] ?? 0
      t.true(count >= acknowledged, `${acknowledged} increments were acknowledged, and ${count} are there`)
      t.true(count <= acknowledged + refused, `${count} increments are there, ${acknowledged} acknowledged`)
    }
    this.#stop()
    return statuses
  }

  async #end(): Promise<void> {
    this.#running = false
    await Promise.all(this.#loops)
  }

  async #visit(visitor: Visitor): Promise<void> {
    while (this.#running) {
      const { status } = await this.#ask('/increment', visitor.cookie)
      if (status === 200) {
        visitor.acknowledged += 1
        visitor.successes.push(performance.now())
      } else {
        visitor.refused += 1
      }
      await pause(10)
    }
  }

  /** Who has no session yet. */
  async #arrive(): Promise<void> {
    while (this.#running) {
      await this.#ask('/start')
      await pause(20)
    }
  }

  async #ask(path: string, cookie?: string): Promise<Answer> {
    const began = performance.now()
    const answer = await ask(this.url, path, cookie)
    this.seen.push({ ...answer, ms: performance.now() - began })
    return answer
  }
}
