import { AsyncLocalStorage } from 'node:async_hooks'
import type { Life } from './life.ts'

/** A function of `update()` that runs, inside of another one perhaps. */
interface Running {
  readonly life: Life
  readonly outer: Running | undefined
  over: boolean
}

/** Costs every promise of the process something, so it is switched on only while such functions run. */
const around = new AsyncLocalStorage<Running>()
let running = 0

/** Runs the function of an `update()`; verbs of its session are refused from inside of it. */
export async function runUpdate<Result>(life: Life, fn: () => Result): Promise<Awaited<Result>> {
  const self: Running = { life, outer: running > 0 ? around.getStore() : undefined, over: false }
  running += 1
  try {
    return await around.run(self, fn)
  } finally {
    self.over = true
    running -= 1
    if (running === 0) around.disable()
  }
}

/** The call of a verb comes from inside of an `update()` of its session. */
export function isWithinUpdate(life: Life): boolean {
  for (let at = running > 0 ? around.getStore() : undefined; at; at = at.outer)
    if (at.life === life && !at.over) return true
  return false
}
