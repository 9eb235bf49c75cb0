import type { Context } from 'koa'
import type { ParameterState, Session, SessionObject, Store } from '../../src/index.ts'
import type { StatusSetup } from './status-vocabulary.ts'
import { Named } from './symbols.ts'
import type { Operation, Step } from './scenario.ts'

/** The session as an application without types of its own sees it. */
export type UserSession = SessionObject<Record<string, unknown>>

/** What the operations of a scenario share. */
export interface World {
  /** Readers do not touch. */
  readonly bare: boolean
  readonly store: Store | undefined
  /** Where the file store keeps its records. */
  readonly folder: string | undefined
  readonly parameter: ParameterState | undefined
  readonly status: StatusSetup | undefined
  /** Runs a complete other request. */
  visit(step: Step): Promise<unknown>
  /** The id that our session of `$S1` has, under which its record is stored. */
  storedId(symbol: string): string
}

/** One request while its operations run: the application's side of a step. */
export interface Visit {
  readonly world: World
  readonly ctx: Context
  /** What a stage sees; looking at it does not count as use. */
  readonly session: Session
  /** What the application held in its hands from the beginning, as Plack's plain hash. */
  held: UserSession | undefined
  /** Plack's options that wait for the end of the request. */
  readonly wishes: Map<string, () => Promise<void>>
}

export type Run = (visit: Visit, ...args: never[]) => unknown
export type Vocabulary = Readonly<Record<string, Run>>

/** `ctx.session`. */
export function looked({ ctx }: Visit): UserSession {
  return (ctx as unknown as { session: UserSession }).session
}

export function named(session: Session): Named {
  return new Named(session.id, session.token)
}

/** A time as the recording writes it; virtual second 0 is `EPOCH`. */
export function seconds(time: number | Date | undefined): string {
  const passed = (Number(time) - EPOCH) / 1000
  return `t${passed < 0 ? '' : '+'}${passed}`
}

/** A round second of the year 2033. */
export const EPOCH = 2_000_000_000_000

/** Runs operations in their order; the first one that throws is the last. */
export async function perform(
  visit: Visit,
  vocabulary: Vocabulary,
  ops: readonly Operation[],
  results: unknown[],
): Promise<void> {
  for (const [name, ...args] of ops) {
    const run = vocabulary[name]
    if (!run) throw new Error(`The driver knows no operation '${name}'`)
    try {
      results.push((await run(visit, ...(args as never[]))) ?? null)
    } catch (error) {
      results.push({ error: codeOf(error) })
      throw error
    }
  }
}

export function codeOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return code ?? String(message)
}
