import { once } from 'node:events'
import type { ChildProcess } from 'node:child_process'
import { type Answer, ask } from './client.ts'
import { kill, startProcess, withFolder } from './fleet.ts'
import { type Report, runAsProgram } from './program.ts'

/*
 * A fleet of which one half is updated, over one folder of sessions and under load: nobody is logged out, no key is
 * lost, and no answer is an error.
 */

export const MIGRATIONS = {
  /** How long the load lasts. */
  seconds: 5,
  visitors: 20,
}

/** The first is as it was before the stage `migrations` was there. */
const FLEET = ['before', 'old', 'new', 'new'] as const

interface Process {
  readonly child: ChildProcess
  readonly url: string
  readonly isNew: boolean
}

export async function fleetInTwoVersions(report: Report, amounts: typeof MIGRATIONS): Promise<void> {
  await withFolder(async (dir) => {
    const fleet: Process[] = []
    try {
      for (const kind of FLEET) {
        const child = startProcess('migrations/fleet-worker', [dir, kind])
        const [url] = (await once(child, 'message')) as [string]
        fleet.push({ child, url, isNew: kind === 'new' })
      }
      await load(report, fleet, amounts)
    } finally {
      await Promise.all(fleet.map(({ child }) => kill(child)))
    }
  })
}

async function load(
  report: Report,
  fleet: readonly Process[],
  { seconds, visitors }: typeof MIGRATIONS,
): Promise<void> {
  const old = fleet.filter(({ isNew }) => !isNew)
  const all = Array.from({ length: visitors }, (_, n) => new Visitor(`visitor ${n}`, fleet))
  // Their sessions are from before the deploy.
  await Promise.all(all.map((visitor, n) => visitor.login(old[n % old.length]!)))
  const until = performance.now() + seconds * 1000
  await Promise.all(all.map((visitor) => visitor.browse(until)))
  await Promise.all(all.map((visitor) => visitor.lookBack()))
  const sum = (of: (visitor: Visitor) => number): number => all.reduce((total, one) => total + of(one), 0)
  const list = (of: (visitor: Visitor) => string[]): string =>
    [...new Set(all.flatMap(of))].slice(0, 5).join(', ')
  const met = sum(({ newerSeenByOld }) => newerSeenByOld)
  report.check(
    `${fleet.length} processes, half of them updated, ${visitors} visitors for ${seconds} s: no answer is an error`,
    all.every(({ errors }) => errors.length === 0),
    `${sum(({ answers }) => answers)} answers; ${list(({ errors }) => errors)}`,
  )
  report.check(
    'the same: nobody is logged out',
    all.every(({ strangers }) => strangers.length === 0),
    list(({ strangers }) => strangers),
  )
  report.check(
    'the same: no key and no count is lost',
    all.every(({ lost }) => lost.length === 0),
    `${sum(({ writes }) => writes)} writes; ${list(({ lost }) => lost)}`,
  )
  report.check('the same: old processes have worked on data of the new version', met > 0, `${met} answers`)
}

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!

/** One browser, which keeps a ledger of what was acknowledged. */
class Visitor {
  readonly #name: string
  readonly #fleet: readonly Process[]
  readonly #keys: string[] = []
  #cookie: string | undefined
  #count = 0
  answers = 0
  newerSeenByOld = 0
  readonly errors: string[] = []
  readonly strangers: string[] = []
  readonly lost: string[] = []

  constructor(name: string, fleet: readonly Process[]) {
    this.#name = name
    this.#fleet = fleet
  }

  get writes(): number {
    return this.#keys.length + this.#count
  }

  async login(at: Process): Promise<void> {
    await this.#ask(`/login?name=${encodeURIComponent(this.#name)}`, at)
  }

  async browse(until: number): Promise<void> {
    while (performance.now() < until) {
      // Requests of one visitor overlap, on processes of both versions. A new id is asked for alone.
      await Promise.all([this.#put(), this.#increment(), this.#put(), this.#who(pick(this.#fleet))])
      if (Math.random() < 0.1) await this.#ask('/change-id', pick(this.#fleet))
    }
  }

  /** What every process says in the end. */
  async lookBack(): Promise<void> {
    for (const process of this.#fleet) {
      await this.#who(process)
      const { body } = await this.#ask('/data', process)
      const data = body.result as Record<string, unknown>
      for (const key of this.#keys) if (data[key] !== 1) this.lost.push(`${this.#name}: ${key}`)
      if (Number(data['count'] ?? 0) !== this.#count)
        this.lost.push(`${this.#name}: ${String(data['count'])} of ${this.#count}`)
    }
  }

  async #put(): Promise<void> {
    const key = `key${this.#keys.length}-${Math.random().toString(36).slice(2)}`
    const { status } = await this.#ask(`/put?key=${key}&value=1`, pick(this.#fleet))
    if (status === 200) this.#keys.push(key)
  }

  async #increment(): Promise<void> {
    const { status } = await this.#ask('/increment', pick(this.#fleet))
    if (status === 200) this.#count += 1
  }

  async #who(process: Process): Promise<void> {
    const { body } = await this.#ask('/who', process)
    const { name, newer } = (body.result ?? {}) as { name?: string; newer?: boolean }
    if (name !== this.#name) this.strangers.push(`${this.#name} is ${String(name)}`)
    if (newer === true && !process.isNew) this.newerSeenByOld += 1
  }

  async #ask(path: string, { url }: Process): Promise<Answer> {
    const answer = await ask(url, path, this.#cookie)
    this.answers += 1
    if (answer.status !== 200) this.errors.push(`${path.split('?')[0]} ${answer.status} ${answer.body.code}`)
    this.#cookie = answer.cookie ?? this.#cookie
    return answer
  }
}

await runAsProgram(import.meta.filename, MIGRATIONS, fleetInTwoVersions)
