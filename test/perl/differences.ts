import type { Deviations } from './compare.ts'
import type { System } from './scenario.ts'

export interface Difference {
  readonly why: string
  readonly ours: Deviations
  readonly bare?: boolean
}
export const DIFFERENCES: Readonly<Record<System, Readonly<Record<string, Difference>>>> = { catalyst: {}, plack: {} }
