import type { MaybePromise, Store } from '../index.ts'
import { endStoredSession, storedSession, type StoredSession } from '../stages.ts'
import { inBatches } from './limit.ts'
import type { AccountsPlan } from './options.ts'
import type { IndexEntry, Listed, SessionIndex } from './session-index.ts'

/** The records of sessions that are listed. */
export class AccountRecords {
  readonly #store: Store | undefined
  readonly #index: SessionIndex
  readonly #time: AccountsPlan['time']

  constructor({ store, index, time }: AccountsPlan) {
    this.#store = store
    this.#index = index
    this.#time = time
  }

  read(id: string): MaybePromise<StoredSession | undefined> {
    return storedSession(this.#store!, id, this.#time.read())
  }

  /** When a session was used, as far as its record or its entry tells; `undefined` when it lives no more. */
  lastUse(entry: IndexEntry): MaybePromise<number | undefined> {
    const judge = (session: StoredSession | undefined): number | undefined => {
      if (!session) return undefined
      const idle = session.idleTimeout ?? entry.idleTimeout
      const extended = idle === false ? 0 : session.expiresAt - idle
      return Math.min(this.#time.read(), Math.max(entry.usedAt, session.updatedAt, extended))
    }
    const found = this.read(entry.id)
    return found && 'then' in found ? found.then(judge) : judge(found)
  }

  /** Ends sessions; the index need not remember the login of one whose record is known to have gone. */
  async end(subject: string, ended: readonly Listed[], reason: string): Promise<void> {
    const gone: string[] = []
    await this.endAll(ended, reason, (key, what) => {
      // One that is not there yet may still come, and one that has moved goes on.
      if (what === 'ended') gone.push(key)
    })
    if (gone.length > 0) await this.#index.remove(subject, gone)
  }

  async endAll(
    ended: readonly Listed[],
    reason: string,
    told: (key: string, what: 'ended' | 'gone' | 'moved') => void = () => undefined,
  ): Promise<void> {
    await inBatches(ended, async ({ key, entry }) => {
      if (this.#store) told(key, await this.endOne(entry.id, reason))
    })
  }

  endOne(id: string, reason: string): Promise<'ended' | 'gone' | 'moved'> {
    return endStoredSession(this.#store!, id, reason, this.#time.read())
  }
}
