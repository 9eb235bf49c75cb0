import type { ExecutionContext } from 'ava'
import { SessionConfigError } from '../../src/index.ts'
import { isSealed } from '../../src/persistence/sealed-records.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { tokenToId } from '../../src/token.ts'
import { Application, type Job } from './application.ts'
import { CATALYST } from './catalyst-vocabulary.ts'
import { Clients, type Seen } from './clients.ts'
import { CountingStore } from './counting-store.ts'
import { PLACK } from './plack-vocabulary.ts'
import type { Scenario, Step, System } from './scenario.ts'
import { catalystSetup, plackSetup } from './settings.ts'
import { Signal } from './signal.ts'
import { type Named, Symbols } from './symbols.ts'
import { EPOCH, type World } from './visit.ts'

/** What happened, in the shape of the recording; ids are `Named`. */
export interface Observed extends Seen {
  readonly results: readonly unknown[]
  readonly errors: readonly string[]
  /** A record with data was put into the store. */
  readonly written: boolean
  /** The session that is stored when the request is over. */
  readonly session: Named | undefined
}

export interface Played {
  /** Why the options were refused, if they were. */
  readonly refused: string | undefined
  /** Tokens that the application said aloud, in events or errors. */
  readonly leaked: readonly string[]
}

/** Called after each step, before the next one is sent. */
export type AfterStep = (index: number, observed: Observed, symbols: Symbols) => void

/** Replays a scenario over HTTP. `bare`: readers do not touch. */
export async function play(
  t: ExecutionContext,
  system: System,
  { config, steps = [] }: Scenario,
  bare: boolean,
  after: AfterStep,
): Promise<Played> {
  const clock = fakeClock(EPOCH)
  const symbols = new Symbols()
  const clients = new Clients(clock, symbols)
  let sent = 0
  let application: Application
  let counting: CountingStore | undefined

  const visit = async (step: Step): Promise<Observed> => {
    const headers = new Signal()
    const job: Job = { ops: step.ops, results: [], errors: [], headersArrived: headers.given }
    const id = String((sent += 1))
    application.expect(id, job)
    const act = async (): Promise<Seen> => {
      const seen = await clients.send(step, application.url, id, headers.give)
      await job.done
      return seen
    }
    const { result, written } = counting ? await counting.during(act) : { result: await act(), written: 0 }
    const { results, errors } = job
    return { ...result, results, errors, written: written > 0, session: job.session?.() }
  }

  try {
    const setup = (system === 'catalyst' ? catalystSetup : plackSetup)(t, config, clock)
    const store = isSealed(setup.store) ? undefined : setup.store
    if (store instanceof CountingStore) counting = store
    clients.sealed = store === undefined
    const storedId = (symbol: string): string => tokenToId(symbols.fill(symbol))
    const { folder, parameter, status } = setup
    const world: World = { bare, store, folder, parameter, status, visit, storedId }
    application = new Application(setup, system === 'catalyst' ? CATALYST : PLACK, world)
  } catch (error) {
    if (error instanceof SessionConfigError) return { refused: error.message, leaked: [] }
    throw error
  }
  await application.start(t)
  for (const [index, step] of steps.entries()) after(index, await visit(step), symbols)
  const leaked = [...clients.tokens].filter((token) => application.said.some((text) => text.includes(token)))
  return { refused: undefined, leaked }
}
