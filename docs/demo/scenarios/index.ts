import type { Scenario } from '../scenario.ts'
import { devices } from './devices.ts'
import { edits } from './edits.ts'
import { flash } from './flash.ts'
import { late } from './late.ts'
import { life } from './life.ts'
import { login } from './login.ts'
import { race } from './race.ts'
import { thief } from './thief.ts'

/** In the order of the page. */
export const SCENARIOS: readonly Scenario[] = [life, flash, login, race, late, thief, devices, edits]
