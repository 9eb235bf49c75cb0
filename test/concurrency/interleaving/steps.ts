/** What a request does: it loads, acts, and ends with its commit. Beside the requests, time passes. */
export type Act = 'look' | 'change' | 'remove' | 'touch' | 'changeId' | 'login' | 'destroy' | 'update'
export type Step = 'load' | Act | 'end' | 'expire'

/** A step of the request with that name; `'clock'` for the time. */
export type Move = readonly [who: string, step: Step]
export type History = readonly Move[]

export const ACTS: readonly Act[] = [
  'look',
  'change',
  'remove',
  'touch',
  'changeId',
  'login',
  'destroy',
  'update',
]

/** The idle timeout of every history. */
export const IDLE = 7_200_000
/**
 * The time of a step, when the one before was at `now`. Before the first deadline has passed each step takes
 * a second, so that what was extended outlives it; afterwards a tenth of one.
 */
export function timeAfter(now: number, step: Step): number {
  if (step === 'expire') return IDLE + 1
  return now + (now > IDLE ? 100 : 1000)
}
/** How long a session that was ended is remembered. */
export const BURIED = 60_000
/** How long after it was ended a session that moved begins no new one. */
export const SILENCE = 10_000

/** All orders of what several actors do, each actor's own moves in their order. */
export function* orders<T>(actors: readonly (readonly T[])[]): Generator<T[]> {
  const rest = actors.filter((moves) => moves.length > 0)
  if (rest.length === 0) yield []
  for (const actor of rest) {
    const [first, ...later] = actor
    for (const tail of orders(rest.map((moves) => (moves === actor ? later : moves)))) yield [first!, ...tail]
  }
}

/** All choices of `count` of the items, order aside, the same one several times included. */
export function* choices<T>(items: readonly T[], count: number): Generator<T[]> {
  if (count === 0) yield []
  else {
    for (const [index, item] of items.entries())
      for (const rest of choices(items.slice(index), count - 1)) yield [item, ...rest]
  }
}

const NAMES = ['A', 'B', 'C']

/** All orders of `count` requests that do `acts` acts each, with the deadline passing somewhere. */
export function* histories(count: number, acts: 1 | 2): Generator<History> {
  const programs =
    acts === 1 ? ACTS.map((act) => [act]) : ACTS.flatMap((one) => ACTS.map((two) => [one, two]))
  for (const chosen of choices(programs, count)) {
    const requests = chosen.map((program, index) =>
      (['load', ...program, 'end'] as const).map((step): Move => [NAMES[index]!, step]),
    )
    yield* orders<Move>([...requests, [['clock', 'expire']]])
  }
}

/** All orders of requests that take two steps each: one loads, the other acts and ends. */
export function* shortHistories(count: number): Generator<History> {
  for (const chosen of choices(ACTS, count)) {
    const requests = chosen.map((act, index): Move[][] => {
      const name = NAMES[index]!
      return [
        [[name, 'load']],
        [
          [name, act],
          [name, 'end'],
        ],
      ]
    })
    for (const order of orders(requests)) yield order.flat()
  }
}

/** Every `nth` of them. */
export function* everyNth<T>(items: Iterable<T>, nth: number): Generator<T> {
  let count = 0
  for (const item of items) if (count++ % nth === 0) yield item
}
