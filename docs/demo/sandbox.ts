import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { State } from 'koa-session-pipeline'
import { Client } from './client.ts'
import { Clock } from './clock.ts'
import { gather } from './evidence.ts'
import { identityOf } from './identities.ts'
import { Rendezvous } from './rendezvous.ts'
import { type Report, report } from './report.ts'
import type { Bench, Scenario, ShopOptions } from './scenario.ts'
import { openShop } from './shop.ts'
import { STATES, type StateName } from './states.ts'
import { type OpenStore, type StoreName, STORES } from './stores.ts'

const OPTIONS: ShopOptions = { bindings: false, accounts: false, edits: [] }

/** What one visitor of the page has: a shop with sessions, on a server of its own, and browsers that visit it. */
export class Sandbox implements Bench {
  /** Whoever knows it may use the sandbox. */
  readonly key: string = randomBytes(24).toString('base64url')
  readonly clock: Clock = new Clock()
  readonly #send: (report: Report) => void
  readonly #server: Server = createServer((req, res) => this.#listener(req, res))
  readonly #pending = new Set<Promise<void>>()
  #listener: RequestListener = (_req, res) => void res.writeHead(503).end()
  #clients = new Map<string, Client>()
  #open!: OpenStore
  #state!: State
  rendezvous: Rendezvous = new Rendezvous()
  options: ShopOptions = OPTIONS
  storeName: StoreName = 'memory'
  stateName: StateName = 'cookie'

  private constructor(send: (report: Report) => void) {
    this.#send = send
  }

  static async open(send: (report: Report) => void): Promise<Sandbox> {
    const sandbox = new Sandbox(send)
    await once(sandbox.#server.listen(0, '127.0.0.1'), 'listening')
    await sandbox.choose('memory', 'cookie')
    return sandbox
  }

  client(name: string): Client {
    let client = this.#clients.get(name)
    if (!client) {
      const { port } = this.#server.address() as AddressInfo
      client = new Client(identityOf(name), `http://127.0.0.1:${port}`)
      this.#clients.set(name, client)
    }
    return client
  }

  /** Who is logged in where, as of the last answers. */
  get browsers(): readonly object[] {
    return [...this.#clients.values()].map(({ identity, user, wasIn }) => ({
      name: identity.name,
      user,
      wasIn,
    }))
  }

  /** Another store or another state: all begins anew. */
  async choose(storeName: StoreName, stateName: StateName): Promise<void> {
    const opened = await STORES[storeName]!.open(this.clock)
    const former = this.#open as OpenStore | undefined
    this.#open = opened
    this.#state = STATES[stateName].open()
    this.storeName = storeName
    this.stateName = stateName
    this.#clients = new Map()
    await this.restart(OPTIONS)
    await former?.remove()
  }

  /** Starts the shop as a scenario needs it, unless it runs that way. */
  async prepare({ options }: Scenario): Promise<void> {
    const wanted = { accounts: false, ...options }
    if (wanted.accounts !== this.options.accounts) await this.restart(wanted)
  }

  async restart(changed: Partial<ShopOptions>): Promise<void> {
    await this.settled()
    this.options = { ...this.options, ...changed }
    this.rendezvous = new Rendezvous()
    const { app } = openShop({
      store: this.#open.store,
      state: this.#state,
      clock: this.clock,
      rendezvous: this.rendezvous,
      options: this.options,
      began: (answered) => this.#await(answered),
      answered: async (ctx, watch, shop) => {
        const now = this.clock.now()
        const evidence = await gather(ctx, watch, this.#open.store, this.#state, now)
        this.client(ctx.get('x-client')).learn(evidence.after?.data['user'])
        this.#send(report(ctx, evidence, shop, now))
      },
    })
    const handle = app.callback()
    this.#listener = (req, res) => void handle(req, res)
  }

  /** Resolves when all requests have been answered and told of. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending)
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await this.settled()
    await this.#open.remove()
  }

  /** What goes wrong in telling of a request is an error of the demo, not of the request. */
  #await(told: Promise<void>): void {
    const pending: Promise<void> = told
      .catch((error: unknown) => console.error(error))
      .finally(() => this.#pending.delete(pending))
    this.#pending.add(pending)
  }
}
