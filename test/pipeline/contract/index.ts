import { ERRORS } from './errors.ts'
import { ON_THE_WAY_IN } from './on-the-way-in.ts'
import type { Row } from './row.ts'
import { SECOND_YIELD } from './second-yield.ts'

/** The contract between a hook and the runner, row by row. */
export const ROWS: readonly Row[] = [...ON_THE_WAY_IN, ...ERRORS, ...SECOND_YIELD]
