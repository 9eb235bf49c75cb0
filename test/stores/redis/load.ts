import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, ask, begin, dataOf } from '../../proof/client.ts'
import { Ledger } from '../../proof/crashes/ledger.ts'

const CLIENTS = 6

/** Visitors of one session that never give up: each counts on, has a key of its own, and new ones arrive. */
export class Load {
  readonly #url: string
  readonly #cookie: string
  readonly #count = new Ledger()
  readonly #keys = Array.from({ length: CLIENTS }, () => new Ledger())
  readonly #outcomes = new Map<string, number>()
  #stopped = false
  /** The longest time that the beginning of a session took, in milliseconds. */
  slowestStart = 0
  /** What was sent although it must not be. */
  readonly cookies: string[] = []

  readonly #bystander: string
  readonly #pauses: IntervalHistogram = monitorEventLoopDelay({ resolution: 5 })

  private constructor(url: string, cookie: string, bystander: string) {
    this.#url = url
    this.#cookie = cookie
    this.#bystander = bystander
    this.#pauses.enable()
  }

  static async begin(url: string): Promise<Load> {
    return new Load(url, await begin(url), await begin(url))
  }

  /** How long this process stood still at the most, in milliseconds. */
  pauses(): number {
    return Math.round(this.#pauses.max / 1e6)
  }

  async run(): Promise<void> {
    await Promise.all([...this.#keys.map((key, client) => this.#visit(key, client)), this.#arrive()])
  }

  stop(): void {
    this.#stopped = true
  }

  /** How long until a session that nobody else is at can be read and written again, in milliseconds. */
  async untilWell(patience: number): Promise<number> {
    const began = performance.now()
    while (performance.now() - began < patience) {
      if (await this.#asked('/increment', this.#bystander)) break
      await delay(5)
    }
    return Math.round(performance.now() - began)
  }

  /** Kinds of answers, such as `200` or `503 ERR_STORE_FULL`. */
  outcomes(): string[] {
    return [...this.#outcomes.keys()]
  }

  /** What was acknowledged and is not there, or is there and was never asked for. */
  async missing(): Promise<string> {
    const data = await dataOf(this.#url, this.#cookie)
    const wrong = (name: string, { acknowledged, tried }: Ledger): string[] => {
      const value = data[name] ?? 0
      return value >= acknowledged && value <= tried
        ? []
        : [`${name} is ${value}, ${acknowledged} acknowledged, ${tried} tried`]
    }
    return [wrong('count', this.#count), ...this.#keys.map((key, n) => wrong(`key${n}`, key))]
      .flat()
      .join('; ')
  }

  toString(): string {
    return [...this.#outcomes].map(([name, count]) => `${name}: ${count}`).join(', ')
  }

  async #visit(key: Ledger, client: number): Promise<void> {
    while (!this.#stopped) {
      const counted = await this.#count.count(() => this.#asked('/increment'))
      const put = await key.count(() => this.#asked(`/put?key=key${client}&value=${key.tried}`))
      if (!counted || !put) await delay(5)
    }
  }

  /** Visitors without a cookie get one only if their session is stored. */
  async #arrive(): Promise<void> {
    while (!this.#stopped) {
      const began = performance.now()
      const { status, cookie } = await this.#ask('/start')
      this.slowestStart = Math.max(this.slowestStart, Math.round(performance.now() - began))
      if (status !== 200 && cookie !== undefined) this.cookies.push(`${status}: ${cookie}`)
      if (status === 200 && cookie === undefined) this.cookies.push('none with 200')
      await delay(10)
    }
  }

  /** Whether it was done. Whoever has a living session must not get another cookie. */
  async #asked(path: string, as: string = this.#cookie): Promise<boolean> {
    const { status, cookie } = await this.#ask(path, as)
    if (cookie !== undefined) this.cookies.push(`${status} for ${path}: ${cookie}`)
    return status === 200
  }

  async #ask(path: string, cookie?: string): Promise<Answer> {
    const answer = await ask(this.#url, path, cookie)
    const { status, body } = answer
    const outcome = body.code === undefined ? String(status) : `${status} ${body.code}`
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1)
    return answer
  }
}
