import type { Context } from 'koa'
import { run } from '../pipeline/run.ts'
import type { Stage } from '../pipeline/stage.ts'
import type { Session } from '../session/session.ts'

/** Lets the stages that were entered go on outward. Rejects with what they throw. */
export type Leave = () => Promise<void>

/**
 * Runs the stages around a time that is no request: the way in now, the way out when the result is called.
 * `undefined`: a stage has stopped the way in, and all have ended.
 */
export async function enter(
  stages: readonly Stage[],
  ctx: Context,
  session: Session,
): Promise<Leave | undefined> {
  let arrive!: (inside: true) => void
  let leave!: () => void
  const arrived = new Promise<true>((resolve) => (arrive = resolve))
  const left = new Promise<void>((resolve) => (leave = resolve))
  const finished = run(stages, ctx, session, () => {
    arrive(true)
    return left
  })
  const inside = await Promise.race([arrived, finished.then(() => false)])
  if (!inside) return undefined
  return () => {
    leave()
    return finished
  }
}
