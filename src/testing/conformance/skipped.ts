import type { ConformanceCase } from './options.ts'

/**
 * The names of the cases that do not apply, by the reason: so that a test runner can show a line for each
 * reason, not one for each case.
 */
export function skippedByReason(cases: readonly ConformanceCase[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const { name, skip } of cases) {
    if (skip === undefined) continue
    const group = groups.get(skip)
    if (group) group.push(name)
    else groups.set(skip, [name])
  }
  return groups
}
