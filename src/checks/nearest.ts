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
  const rows = Array.from({ length: from.length + 1 }, (_, row) => [row])
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? Infinity
  for (let column = 1; column <= to.length; column += 1) rows[0]!.push(column)
  for (let row = 1; row <= from.length; row += 1)
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = from[row - 1] === to[column - 1] ? 0 : 1
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      rows[row]!.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + replaced,
          swapped ? cell(row - 2, column - 2) + 1 : Infinity,
        ),
      )
    }
  return cell(from.length, to.length)
}
