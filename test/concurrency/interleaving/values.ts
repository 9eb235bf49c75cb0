/** The data of a session; a key that is `undefined` is not there. */
export type Values = Readonly<Record<string, unknown>>

export const pick = (data: Values, key: string): Values =>
  data[key] === undefined ? {} : { [key]: data[key] }

/** The keys that differ. */
export const changed = (from: Values, to: Values): string[] =>
  [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((key) => from[key] !== to[key])

/** Mine where only I changed, theirs where only they did; `both`: a deletion wins, else mine. */
export function mergeValues(
  base: Values,
  mine: Values,
  theirs: Values,
): { readonly merged: Values; readonly both: readonly string[] } {
  const merged: Record<string, unknown> = { ...theirs }
  const ours = changed(base, mine)
  const both = ours.filter((key) => base[key] !== theirs[key] && mine[key] !== theirs[key])
  for (const key of ours)
    merged[key] = both.includes(key) && theirs[key] === undefined ? undefined : mine[key]
  return { merged, both }
}
