import { median, quartiles } from '../quantiles.js'

/** What one contender cost in one workload: medians over the rounds, and the spread of the ratio between them. */
export function figures(taken, name, rival) {
  const { bare } = taken
  const added = taken[name].map((ns, round) => ns - bare[round])
  const result = { total: median(taken[name]), added: median(added) }
  if (rival === 'bare') {
    const ratios = taken[name].map((ns, round) => ns / bare[round])
    return { ...result, ratio: median(ratios), spread: quartiles(ratios) }
  }
  if (!(rival in taken)) return result
  const theirs = taken[rival].map((ns, round) => ns - bare[round])
  const ratios = added.map((ns, round) => ns / theirs[round])
  // Overhead over overhead: a round in which bare Koa was disturbed would distort both, so each is a median first.
  return { ...result, ratio: result.added / median(theirs), spread: quartiles(ratios) }
}
