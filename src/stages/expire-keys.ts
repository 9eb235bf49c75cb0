import { type Stage, stage } from '../pipeline/stage.ts'
import { dropExpiredKeys } from '../session/stage-functions.ts'

/** In: drops the keys that are past a deadline of their own (`session.expireKey`). */
export function expireKeys(): Stage<'expireKeys'> {
  return stage('expireKeys', function* (_ctx, session) {
    dropExpiredKeys(session)
  })
}
