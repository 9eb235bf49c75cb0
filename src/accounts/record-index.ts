import { type MaybePromise, SessionConfigError, type Store } from '../index.ts'
import { changeIndex, isSealed, readIndex } from '../stages.ts'
import { digestOf } from './checks.ts'
import { keepWithin } from './limit.ts'
import { Roster } from './roster.ts'
import type { Added, Claim, IndexEntry, IndexView, Limit, Listed, SessionIndex } from './session-index.ts'

/** How long an index is kept at least, in milliseconds: what was revoked must stay so while sessions can be alive. */
const SHORTEST_LIFE = 30 * 86_400_000

/** What `RecordIndex` takes. */
export interface RecordIndexOptions {
  /** Keeps apart the subjects of several account systems in one store. Default `'accounts'`. */
  readonly purpose?: string | undefined
  /** The time in milliseconds since the epoch. Default `() => Date.now()`. */
  readonly clock?: (() => number) | undefined
}

/**
 * The index of each subject in one record of an atomic store, changed by compare-and-set. The record stands under a hash
 * of purpose and subject, and never loads as a session.
 */
export class RecordIndex implements SessionIndex {
  readonly #store: Store
  readonly #purpose: string
  readonly #clock: () => number

  /** @throws SessionConfigError for a store without atomic writes. */
  constructor(store: Store, { purpose = 'accounts', clock = () => Date.now() }: RecordIndexOptions = {}) {
    if (isSealed(store) || !store.capabilities.atomic)
      throw new SessionConfigError(
        'Expected the store of an index of sessions to write atomically (capabilities.atomic): without that, ' +
          'parallel logins lose each other, and "log out everywhere" misses some.',
      )
    this.#store = store
    this.#purpose = purpose
    this.#clock = clock
  }

  look(subject: string): MaybePromise<IndexView> {
    const stored = readIndex(this.#store, this.#idOf(subject))
    return 'expiresAt' in stored
      ? new Roster(stored.lines, stored.expiresAt)
      : stored.then(({ lines, expiresAt }) => new Roster(lines, expiresAt))
  }

  async add(subject: string, key: string, entry: IndexEntry, claim: Claim, limit: Limit): Promise<Added> {
    let added: Added | undefined
    await this.#change(subject, entry.until, async (roster) => {
      const there = roster.find(key, entry.id)
      const revoked = !there && isRevoked(roster.generation, claim) ? roster.reason : undefined
      const refused = roster.endedAs(key) ?? revoked
      added = { refused, generation: roster.generation, ended: [] }
      if (refused !== undefined) return false
      if (there) roster.delete(there.key)
      roster.put(key, { ...entry, addedAt: this.#clock() })
      const ended = await keepWithin(limit, roster, this.#clock())
      const itself = ended.some((one) => one.key === key)
      added = { ...added, ended, refused: itself ? limit.reason : undefined }
      return true
    })
    return added!
  }

  async remove(subject: string, keys: readonly string[], reason?: string): Promise<void> {
    await this.#change(subject, 0, (roster) => {
      for (const key of keys) {
        const until = roster.get(key)?.until ?? this.#clock() + SHORTEST_LIFE
        if (reason === undefined) roster.forget(key)
        else roster.end(key, { until, reason })
      }
      return true
    })
  }

  async use(subject: string, key: string, usedAt: number, expiresAt: number): Promise<void> {
    await this.#change(subject, expiresAt, (roster) => {
      const entry = roster.get(key)
      if (!entry) return false
      const until = Math.max(entry.until, expiresAt)
      roster.put(key, { ...entry, until, usedAt: Math.max(entry.usedAt, usedAt) })
      return true
    })
  }

  list(subject: string): MaybePromise<readonly Listed[]> {
    const view = this.look(subject)
    return 'then' in view ? view.then((roster) => listed(roster as Roster)) : listed(view as Roster)
  }

  async revoke(
    subject: string,
    { except, reason }: { except?: string | undefined; reason: string },
  ): Promise<readonly Listed[]> {
    let revoked: readonly Listed[] = []
    const until = this.#clock() + SHORTEST_LIFE
    await this.#change(subject, until, (roster) => {
      const now = this.#clock()
      const all = [...roster.listed()]
      const spared = all.filter(({ entry }) => entry.id === except)
      revoked = all.filter(({ key, entry }) => entry.id !== except && !isSparing(key))
      roster.generation = Math.max(roster.generation + 1, now)
      roster.reason = reason
      roster.clear()
      for (const { key, entry } of spared) roster.put(key, entry)
      // A session that is about to log in, or whose id has just changed, is known by its id alone.
      if (except !== undefined && spared.length === 0)
        roster.put(SPARING + except, sparing(except, now, until))
      return true
    })
    return revoked
  }

  async #change(
    subject: string,
    until: number,
    change: (roster: Roster) => MaybePromise<boolean>,
  ): Promise<void> {
    await changeIndex(this.#store, this.#idOf(subject), async ({ lines, expiresAt }) => {
      const roster = new Roster(lines, expiresAt)
      const changed = await change(roster)
      return changed
        ? { lines: roster.format(this.#clock()), expiresAt: Math.max(until, expiresAt), result: undefined }
        : undefined
    })
  }

  #idOf(subject: string): string {
    return digestOf(this.#purpose, subject)
  }
}

/**
 * A login is revoked when the generation was raised after the index had been asked, or while it was being asked: then
 * the answer may be newer than the authentication.
 */
export function isRevoked(current: number, { generation, from, to }: Claim): boolean {
  if (generation === undefined) return from < current
  return generation < current || (from < current && current <= to)
}

/** The key of what stands for a session that is known by its id alone. */
const SPARING = 'spared-'
const isSparing = (key: string): boolean => key.startsWith(SPARING)

function listed(roster: Roster): Listed[] {
  return [...roster.listed()].filter(({ key }) => !isSparing(key))
}

const NO_DEVICE = { userAgent: '', network: '', label: undefined }

function sparing(id: string, now: number, until: number): IndexEntry {
  const at = { createdAt: now, authenticatedAt: now, usedAt: now, addedAt: now }
  return { id, ...at, until, idleTimeout: false, device: NO_DEVICE }
}
