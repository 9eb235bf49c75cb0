import { type Stage, stage } from '../pipeline/stage.ts'
import type { Loaded } from '../session/working-copy.ts'

/** In: drops the keys that are past a deadline of their own (`session.expireKey`). */
export function expireKeys(): Stage<'expireKeys'> {
  return stage('expireKeys', function* (_ctx, session) {
    session.onLoad(dropExpired)
  })
}

function dropExpired({ keyDeadlines, drop }: Loaded, now: number): void {
  for (const [key, deadline] of Object.entries(keyDeadlines)) if (now > deadline) drop(key)
}
