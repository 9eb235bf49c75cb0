import { setImmediate } from 'node:timers/promises'
import type { SweepOptions, SweepResult } from '../store.ts'

/** Slots between two looks at the real clock. */
const STEP = 250

/**
 * Calls `step` with the work it may do until it is done or `limit` records are gone, and lets other
 * work run whenever `slice` milliseconds have passed.
 */
export async function sweepInSlices(
  { slice = 4, limit = Infinity }: SweepOptions,
  step: (work: number) => SweepResult,
): Promise<SweepResult> {
  let removed = 0
  for (;;) {
    const began = performance.now()
    do {
      // A step removes no more than it looks at, so the limit is never overrun.
      const result = step(Math.min(STEP, limit - removed))
      removed += result.removed
      if (result.done || removed >= limit) return { removed, done: result.done }
    } while (performance.now() - began < slice)
    await setImmediate()
  }
}
