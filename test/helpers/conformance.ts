import test from 'ava'
import { type ConformanceCase, skippedByReason } from '../../src/testing/index.ts'

/** A test for each case that applies to the store, and one line for all the others, with the reasons. */
export function declareConformance(store: string, cases: readonly ConformanceCase[]): void {
  for (const { name, skip, run } of cases)
    if (skip === undefined) test(`${store}: ${name}`, (t) => t.notThrowsAsync(run))
  const reasons = [...skippedByReason(cases)].map(([reason, names]) => `${names.length}: ${reason}`)
  if (reasons.length > 0)
    test.skip(`${store}: cases that do not apply (${reasons.join('; ')})`, (t) => t.pass())
}
