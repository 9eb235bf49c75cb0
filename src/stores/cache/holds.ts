import type { Condition, Stored } from '../store.ts'

/** Whether a `set` under this condition may take place. */
export function holds(when: Condition, current: Stored | undefined): boolean {
  if (when === 'absent') return current === undefined
  return current !== undefined && (when === 'present' || when.version === current.version)
}
