/**
 * The name of `names` that `name` is most likely a slip of, or `undefined` when none comes close: more
 * than a third of the letters would have to change. Upper and lower case count as equal.
 */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  const given = name.toLowerCase()
  let best: string | undefined
  let fewest = Infinity
  for (const candidate of names) {
    const wanted = candidate.toLowerCase()
    const allowed = Math.max(1, Math.ceil(Math.max(given.length, wanted.length) / 3))
    // Lengths alone tell that it is too far: a huge key costs nothing.
    if (Math.abs(given.length - wanted.length) > allowed) continue
    const edits = editDistance(given, wanted)
    if (edits <= allowed && edits < fewest) {
      fewest = edits
      best = candidate
    }
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const equal = from[row - 1] === to[column - 1]
      let cost = Math.min(
        cell(last, column) + 1,
        cell(current, column - 1) + 1,
        cell(last, column - 1) + (equal ? 0 : 1),
      )
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) cost = Math.min(cost, cell(beforeLast, column - 2) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return cell(last, to.length)
}

const cell = (row: readonly number[], column: number): number => row[column] ?? Infinity
