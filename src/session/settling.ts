import type { Records } from '../persistence/records.ts'
import { endSessions } from './ending.ts'
import type { Life } from './life.ts'
import { moveSession } from './moving.ts'

/** Carries out what the verbs have decided, in order. What fails stays, for the commit to try again. */
export async function settleIntentions(life: Life, records: Records): Promise<void> {
  const { intentions } = life
  for (let first = intentions[0]; first; first = intentions[0]) {
    first.begun = true
    if (first.to) await moveSession(life, records, first, first.to)
    else await endSessions(life, records, first)
    intentions.shift()
  }
}
