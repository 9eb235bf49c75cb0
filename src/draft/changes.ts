import type { Change, Lines } from './lines.ts'
import type { OwnLifetimes } from './merge.ts'

/** What one request wants changed; `tick` tells what came later. */
export interface Changes {
  readonly lines: readonly Change[]
  readonly lifetimes: OwnLifetimes | undefined
  readonly tick: number
  /** The lines that they are changes of. */
  readonly of: Lines
}

export function hasChanges({ lines, lifetimes }: Changes): boolean {
  return lines.length > 0 || lifetimes !== undefined
}
