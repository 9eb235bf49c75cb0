import { setTimeout } from 'node:timers/promises'
import { FileStore } from '../../../src/index.ts'
import { filesIn } from '../../helpers/file-folder.ts'
import { ask, begin, dataOf } from '../client.ts'
import { type Mode, Server, withFleet } from '../fleet.ts'
import type { Report } from '../program.ts'
import { Ledger } from './ledger.ts'

const SERVERS = 3
const CLIENTS = 6
/** A kill comes so many milliseconds after the last one's damage was looked at, at most. */
const LONGEST_CALM = 40
/** A request that takes longer than this after a crash counts as locked out. */
const BOUND = 4_000

/** Kills servers under load; the others go on, on the same folder and the same session. */
export async function killServers(report: Report, mode: Mode, kills: number): Promise<void> {
  const what = `servers, ${mode}`
  await withFleet(SERVERS, async (servers, dir) => {
    const cookie = await begin(servers[0]!.urls[mode])
    const load = new Load(servers, mode, cookie)
    const running = load.run()
    let slowest = 0
    let lost = ''
    let killed = 0
    for (let turn = 0; killed < kills; turn += 1) {
      await setTimeout(Math.random() * LONGEST_CALM)
      // Every fourth time all at once.
      const victims = turn % 4 === 3 ? servers.slice() : [servers[turn % SERVERS]!]
      killed += victims.length
      await Promise.all(victims.map((server) => server.kill()))
      const began = performance.now()
      const replaced = victims.map(async (victim) => {
        servers[servers.indexOf(victim)] = await Server.start(dir)
      })
      const survivor = servers.find((server) => !victims.includes(server))
      if (!survivor) await Promise.all(replaced)
      const ready = survivor ? began : performance.now()
      const { urls } = survivor ?? servers[0]!
      const got = await Promise.race([load.look(urls[mode]).catch(String), setTimeout(BOUND, 'locked out')])
      slowest = Math.max(slowest, performance.now() - ready)
      lost ||= got
      await Promise.all(replaced)
    }
    load.stop()
    await running
    lost ||= await load.look(servers[0]!.urls[mode]).catch(String)
    report.check(
      `${what}: after each of ${killed} kills nothing acknowledged is lost, nothing is torn`,
      lost === '',
      lost || load.toString(),
    )
    report.check(
      `${what}: the next request gets through at once`,
      slowest < BOUND,
      `slowest ${Math.round(slowest)} ms`,
    )
    await Promise.all(servers.map((server) => server.kill()))
    await checkLitter(report, what, dir, 1)
  })
}

/** Sweeps, and looks at what is left: at least one record and at most so many, and nothing else. */
export async function checkLitter(report: Report, what: string, dir: string, most: number): Promise<void> {
  const before = filesIn(dir).length
  const store = new FileStore({ dir, sweepInterval: false })
  await store.sweep()
  await store.close()
  const after = filesIn(dir)
  const litter = after.filter((name) => !/[\\/]x?[\da-f]{64}$/.test(name))
  report.check(
    `${what}: a sweep clears the litter`,
    litter.length === 0 && after.length >= 1 && after.length <= most,
    `${before} files before, ${after.length} after${litter.length > 0 ? `: ${litter.join()}` : ''}`,
  )
}

/** Clients that never give up: increments of one number, and each client its own key. */
class Load {
  readonly #servers: readonly Server[]
  readonly #mode: Mode
  readonly #cookie: string
  readonly #updates = new Ledger()
  readonly #keys = Array.from({ length: CLIENTS }, () => new Ledger())
  #stopped = false

  constructor(servers: readonly Server[], mode: Mode, cookie: string) {
    this.#servers = servers
    this.#mode = mode
    this.#cookie = cookie
  }

  async run(): Promise<void> {
    await Promise.all(this.#keys.map((key, client) => this.#act(key, client)))
  }

  stop(): void {
    this.#stopped = true
  }

  /** What is missing, or too much; `''` when all is well. */
  async look(url: string): Promise<string> {
    const updates = this.#updates.acknowledged
    const keys = this.#keys.map(({ acknowledged }) => acknowledged)
    const data = await dataOf(url, this.#cookie)
    const count = data['count'] ?? 0
    if (count < updates || count > this.#updates.tried)
      return `${count} increments, ${updates} acknowledged, ${this.#updates.tried} tried`
    for (const [client, acknowledged] of keys.entries()) {
      const value = data[`key${client}`] ?? 0
      const { tried } = this.#keys[client]!
      if (value < acknowledged || value > tried)
        return `key ${client} is ${value}, ${acknowledged} acknowledged, ${tried} tried`
    }
    return ''
  }

  toString(): string {
    const keys = this.#keys.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
    return `${this.#updates.acknowledged} updates and ${keys} assignments acknowledged`
  }

  async #act(key: Ledger, client: number): Promise<void> {
    for (let turn = client; !this.#stopped; turn += 1) {
      const url = this.#servers[turn % SERVERS]!.urls[this.#mode]
      const path = this.#mode === 'lock' ? '/plain-increment' : '/increment'
      const asked = async (where: string): Promise<boolean> =>
        (await ask(url, where, this.#cookie)).status === 200
      const counted = await this.#updates.count(() => asked(path))
      // Only what was acknowledged is counted on, so the next value is one more than tried.
      const put = await key.count(() => asked(`/put?key=key${client}&value=${key.tried}`))
      if (!counted || !put) await setTimeout(5)
    }
  }
}
