import { visiting, type Visit } from './in-process.ts'
import type { Tally } from './tally.ts'

/** Applications of which is known what they do: to compare with, and to see that the counters count. */
export function controls(tally: Tally): Readonly<Record<'bare' | 'empty' | 'passing' | 'known', Visit>> {
  return {
    bare: visiting(),
    empty: visiting(() => async (_ctx, next) => {
      await next()
    }),
    passing: visiting(() => (_ctx, next) => next()),
    /** Three promises of its own, and one of everything else but the store. */
    known: visiting(() => (_ctx, next) => {
      for (let n = 0; n < 2; n += 1) void new Promise(() => undefined)
      const generate = function* (): Generator<string> {
        yield tally.serializer.stringify(tally.serializer.parse('[1, 2]'))
        yield 'never reached'
      }
      for (const _ of generate()) break
      // Made, but not started.
      generate()
      void (async function* () {})().next()
      return next()
    }),
  }
}
