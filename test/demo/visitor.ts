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
  readonly #stream: request.Request
  readonly reports: Report[] = []
  /** All that the stream has said, as it came. */
  text = ''
  catalog!: Catalog
  setup!: Setup

  private constructor(url: string) {
    this.#url = url
    this.#stream = request.get(`${url}/events`).buffer(false)
  }

  static async arrive(url: string): Promise<Visitor> {
    const visitor = new Visitor(url)
    await new Promise<void>((resolve, reject) => {
      visitor.#stream.parse((res, done) => {
        let rest = ''
        res.on('data', (chunk: Buffer) => {
          visitor.text += String(chunk)
          const blocks = (rest + String(chunk)).split('\n\n')
          rest = blocks.pop()!
          for (const block of blocks) visitor.#hear(block)
          resolve()
        })
        res.on('end', () => done(null, undefined))
        res.on('error', () => done(null, undefined))
      })
      visitor.#stream.then(() => {}, reject)
    })
    return visitor
  }

  leave(): void {
    this.#stream.abort()
  }

  /** Presses a button, by default the first one. */
  async play(scenario: string, action = this.setup.actions[scenario]![0]!.label): Promise<Outcome> {
    return (await this.ask('play', { scenario, action })).body as Outcome
  }

  ask(what: string, fields: object): request.Request {
    return request.post(`${this.#url}/sandboxes/${this.catalog.key}/${what}`).send(fields)
  }

  #hear(block: string): void {
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
    if (event === undefined) return
    const said: unknown = JSON.parse(data!)
    if (event === 'request') this.reports.push(said as Report)
    if (event === 'setup') this.setup = said as Setup
    if (event === 'sandbox') {
      this.catalog = said as Catalog
      this.setup = this.catalog.setup
    }
  }
}
