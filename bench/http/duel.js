import { Contender } from './contender.js'

const SECONDS = 1.5

/**
 * A contender and bare Koa take turns, and nobody else lives. Resolves to what each round gave as ratios to the turn
 * that bare Koa had in it, or to the `failure` for which there are none.
 */
export async function duel(name, workload, rounds) {
  const both = [new Contender('bare', workload), new Contender(name, workload)]
  try {
    for (const contender of both) {
      await contender.begin()
      await contender.turn(SECONDS)
    }
    const results = []
    for (let round = 0; round < rounds; round += 1) results.push(await play(both, round))
    return { results }
  } catch (error) {
    return { failure: error.message }
  } finally {
    for (const contender of both) contender.end()
  }
}

/** Now one is first, now the other. */
async function play([bare, other], round) {
  const turns = new Map()
  for (const contender of round % 2 === 0 ? [bare, other] : [other, bare])
    turns.set(contender, await contender.turn(SECONDS))
  const [base, mine] = [turns.get(bare), turns.get(other)]
  return {
    throughput: mine.throughput / base.throughput,
    p99: mine.p99 / base.p99,
    // What the throughput would be if both were busy all the time.
    capacity: base.processor / mine.processor,
    busy: Math.min(mine.busy, base.busy),
  }
}
