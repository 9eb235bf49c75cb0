import { chain, type MaybePromise } from '../maybe-promise.ts'
import { type Found, isGone } from '../persistence/records.ts'
import type { Life } from './life.ts'
import { miss, open } from './transitions.ts'

/** Opens the session: with the first token that has a live record, or as a new one. */
export function load(life: Life, read: (id: string) => MaybePromise<Found>, index = 0): MaybePromise<void> {
  const token = life.tokens[index]
  if (token === undefined) return open(life)
  const id = life.credential.idOf(token)
  if (id === undefined) {
    life.emit('session:invalid')
    return load(life, read, index + 1)
  }
  return chain(read(id), (found): MaybePromise<void> => {
    if (!isGone(found)) return open(life, token, found)
    miss(life, id, found)
    if (!found.error) life.emit(found.why === 'expired' ? 'session:expired' : 'session:missed', { id })
    return load(life, read, index + 1)
  })
}
