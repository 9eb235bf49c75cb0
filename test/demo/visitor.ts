import { once } from 'node:events'
import { get, type ClientRequest, type IncomingMessage } from 'node:http'
import request from 'superagent'
import type { Report } from '../../docs/demo/report.ts'

interface Setup {
  readonly now: number
  readonly store: string
  readonly actions: Readonly<Record<string, readonly { label: string; on?: boolean }[]>>
  readonly browsers: readonly { name: string; user?: string; wasIn: boolean }[]
  readonly edits: readonly string[]
}

interface Catalog {
  readonly key: string
  readonly scenarios: readonly { name: string; source: string }[]
  readonly stores: readonly { name: string }[]
  readonly states: readonly { name: string }[]
  readonly setup: Setup
}

export interface Outcome {
  readonly verdict: string
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
}

/** Somebody who has the page open: the stream, and what the buttons send. */
export class Visitor {
  readonly #url: string
  readonly #stream: ClientRequest
  #response!: IncomingMessage
  #setups = 0
  readonly reports: Report[] = []
  /** All that the stream has said, as it came. */
  text = ''
  catalog!: Catalog
  setup!: Setup

  private constructor(url: string) {
    this.#url = url
    this.#stream = get(`${url}/events`)
  }

  static async arrive(url: string): Promise<Visitor> {
    const visitor = new Visitor(url)
    const [response] = (await once(visitor.#stream, 'response')) as [IncomingMessage]
    visitor.#response = response
    response.on('error', () => {}) // the stream is cut off when the visitor leaves
    let rest = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      visitor.text += chunk
      const blocks = (rest + chunk).split('\n\n')
      rest = blocks.pop()!
      for (const block of blocks) visitor.#hear(block)
    })
    await once(response, 'data')
    while (!(visitor.catalog as Catalog | undefined)) await once(response, 'data')
    return visitor
  }

  leave(): void {
    this.#stream.destroy()
  }

  /** Presses a button, by default the first one. */
  async play(scenario: string, action = this.setup.actions[scenario]![0]!.label): Promise<Outcome> {
    return (await this.ask('play', { scenario, action })) as Outcome
  }

  /** What a button sends; resolves when the stream has told all that came of it. */
  async ask(what: string, fields: object): Promise<unknown> {
    const told = this.#setups
    const { body } = await this.send(what, fields)
    while (this.#setups === told) await once(this.#response, 'data')
    return body
  }

  send(what: string, fields: object): request.Request {
    return request.post(`${this.#url}/sandboxes/${this.catalog.key}/${what}`).send(fields)
  }

  #hear(block: string): void {
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
    if (event === undefined) return
    const said: unknown = JSON.parse(data!)
    if (event === 'request') this.reports.push(said as Report)
    if (event === 'setup') {
      this.setup = said as Setup
      this.#setups += 1
    }
    if (event === 'sandbox') {
      this.catalog = said as Catalog
      this.setup = this.catalog.setup
    }
  }
}
