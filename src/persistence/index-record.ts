import { CorruptRecordError } from '../errors.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import { formatIndex, parseIndex } from '../record.ts'
import type { Store, Stored } from '../stores/store.ts'
import { pause } from './retry.ts'
import { sharedStore } from './shared-store.ts'
import { StoreCalls } from './store-calls.ts'

/** What a store has under the id of an index. */
export interface StoredIndex {
  /** The lines, from the line break that begins them; `undefined` when there are none, or none that are whole. */
  readonly lines: string | undefined
  /** Milliseconds since the epoch; 0 when there is nothing. */
  readonly expiresAt: number
}

/** What an index is to be from now on, and what the change was for. */
export interface IndexChange<Result> {
  readonly lines: string
  readonly expiresAt: number
  readonly result: Result
}

/** Reads an index: text of a stage's own, in a record that never loads as a session. */
export function readIndex(store: Store, id: string): MaybePromise<StoredIndex> {
  return chain(read(new StoreCalls(sharedStore(store).store), id), shown)
}

/**
 * Changes an index by compare-and-set: `change` runs on what is stored, again when others were faster, and returns
 * what is to stand there, or `undefined` to leave it. An index that is lost or torn is begun anew. Its deadline is
 * never moved to an earlier instant.
 *
 * @throws ConflictError when others were faster at each of a hundred tries.
 */
export function changeIndex<Result>(
  store: Store,
  id: string,
  change: (stored: StoredIndex) => MaybePromise<IndexChange<Result> | undefined>,
): Promise<Result | undefined> {
  const { turns } = sharedStore(store)
  const calls = new StoreCalls(store)
  return turns.take(id, async () => {
    // The id may be the hash of something that can be guessed, so no message shows it.
    for (let tries = 1; ; await pause('index', tries++)) {
      const stored = await read(calls, id)
      const changed = await change(shown(stored))
      if (!changed) return undefined
      const expiresAt = Math.max(changed.expiresAt, stored?.expiresAt ?? 0)
      const when = stored ? { version: stored.version } : 'absent'
      const answer = await calls.set(id, formatIndex(changed.lines), expiresAt, when)
      if ('ok' in answer && answer.ok) return changed.result
    }
  })
}

/** A record that the store has set aside as corrupt is not there any more. */
function read(calls: StoreCalls, id: string): MaybePromise<Stored | undefined> {
  return chain(calls.get(id), (answer) => (answer instanceof CorruptRecordError ? undefined : answer))
}

function shown(stored: Stored | undefined): StoredIndex {
  return { lines: stored && parseIndex(stored.data), expiresAt: stored?.expiresAt ?? 0 }
}
