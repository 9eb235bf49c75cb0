import { ERRORS } from './errors.ts'
import { INVALID } from './invalid.ts'
import { ON_THE_WAY_IN } from './on-the-way-in.ts'
import type { Row } from './row.ts'
import { SECOND_YIELD } from './second-yield.ts'
import { WAITING } from './waiting.ts'

/** The contract between a hook and the runner, row by row. */
export const ROWS: readonly Row[] = [...ON_THE_WAY_IN, ...WAITING, ...INVALID, ...ERRORS, ...SECOND_YIELD]
