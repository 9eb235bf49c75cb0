import type { ExecutionContext } from 'ava'
import { SessionConfigError } from '../../src/index.ts'
import { isSealed } from '../../src/persistence/sealed-records.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { tokenToId } from '../../src/token.ts'
import { Application, type Job } from './application.ts'
import { CATALYST } from './catalyst-vocabulary.ts'
import { exchange } from './exchange.ts'
import { asCookie, Jar, parseLine } from './jar.ts'
import { PLACK } from './plack-vocabulary.ts'
import type { Cookie, Scenario, Step, System } from './scenario.ts'
import { catalystSetup, plackSetup } from './settings.ts'
import { Named, Symbols } from './symbols.ts'
import { tampered } from './tamper.ts'
import { EPOCH, seconds, type World } from './visit.ts'

/** What happened, in the shape of the recording; ids are `Named`. */
export interface Observed {
  readonly status: number
  readonly results: readonly unknown[]
  readonly setCookie: 'none' | readonly Cookie[]
  readonly sidChanged: boolean
  readonly location: string | undefined
  readonly body: string
  readonly errors: readonly string[]
  /** The session that is stored when the request is over. */
  readonly session: Named | undefined
}

export interface Played {
  /** The options were refused. */
  readonly refused: boolean
  readonly steps: readonly Observed[]
  /** Tokens that the application said aloud, in events or errors. */
  readonly leaked: readonly string[]
}

/** Called after each step, before the next one is sent. */
export type AfterStep = (index: number, observed: Observed, symbols: Symbols) => void

/** Replays a scenario over HTTP. */
export async function play(
  t: ExecutionContext,
  system: System,
  scenario: Scenario,
  after: AfterStep,
): Promise<Played> {
  const clock = fakeClock(EPOCH)
  const symbols = new Symbols()
  const jars = new Map<string, Jar>()
  const saved = new Map<string, string>()
  const tokens = new Set<string>()
  const jarOf = (client: string): Jar => jars.get(client) ?? jars.set(client, new Jar(clock)).get(client)!
  let lastStep = 0
  let application: Application
  let sealed = false

  const cookieHeader = (step: Step, jar: Jar): string => {
    if (step.noCookies === true) return ''
    if (step.rawCookie !== undefined) return symbols.fill(step.rawCookie)
    if (step.replayCookie !== undefined) return saved.get(step.replayCookie) ?? ''
    const header = jar.header(step.path ?? '/', step.https === true)
    return step.tamperCookie === undefined ? header : tampered(header, step.tamperCookie)
  }

  const visit = async (step: Step): Promise<Observed> => {
    clock.set(EPOCH + step.at * 1000)
    const jar = jarOf(step.client)
    if (step.stealCookiesFrom !== undefined) jar.copy(jarOf(step.stealCookiesFrom))
    const before = jar.content
    const cookie = cookieHeader(step, jar)
    if (step.saveCookieAs !== undefined) saved.set(step.saveCookieAs, cookie)

    let arrive: () => void = () => undefined
    const headersArrived = new Promise<void>((resolve) => (arrive = resolve))
    const job: Job = { ops: step.ops, results: [], errors: [], headersArrived }
    const id = String((lastStep += 1))
    application.expect(id, job)
    const agent = step.userAgent === undefined ? 'UA/1' : step.userAgent
    const answer = await exchange(
      {
        url: application.url,
        path: symbols.fill(step.path ?? '/'),
        headers: {
          'x-step': id,
          'x-forwarded-for': step.address ?? '10.0.0.1',
          'x-forwarded-proto': step.https === true ? 'https' : 'http',
          ...(cookie !== '' && { cookie }),
          ...(agent !== null && { 'user-agent': agent }),
          ...lowerCased(step.headers),
        },
      },
      arrive,
    )
    await job.done
    const lines = answer.lines.map(parseLine)
    for (const line of lines) jar.take(line)
    const cookies = lines.map((line): Cookie => {
      const shown = asCookie(line, clock(), seconds)
      if (shown.action === 'cleared') return shown
      if (sealed) return { ...shown, value: 'SEALED' }
      tokens.add(line.value)
      const ours = /^[\w-]{43}$/.test(line.value)
      return { ...shown, value: (ours ? new Named(tokenToId(line.value), line.value) : line.value) as string }
    })
    return {
      status: answer.status,
      results: job.results,
      setCookie: cookies.length > 0 ? cookies : 'none',
      sidChanged: jar.content !== before,
      location: answer.location,
      body: answer.body,
      errors: job.errors,
      session: job.session?.(),
    }
  }

  try {
    const setup = (system === 'catalyst' ? catalystSetup : plackSetup)(t, scenario.config, clock)
    sealed = isSealed(setup.store)
    const store = isSealed(setup.store) ? undefined : setup.store
    const world: World = {
      clock,
      store,
      folder: setup.folder,
      parameter: setup.parameter,
      visit,
      storedId: (symbol) => tokenToId(symbols.fill(symbol)),
      fill: (text) => symbols.fill(text),
    }
    application = new Application(setup, system === 'catalyst' ? CATALYST : PLACK, world)
  } catch (error) {
    if (error instanceof SessionConfigError) return { refused: true, steps: [], leaked: [] }
    throw error
  }
  await application.start(t)

  const steps: Observed[] = []
  for (const [index, step] of (scenario.steps ?? []).entries()) {
    const observed = await visit(step)
    after(index, observed, symbols)
    steps.push(observed)
  }
  return {
    refused: false,
    steps,
    leaked: [...tokens].filter((token) => application.said.some((text) => text.includes(token))),
  }
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
