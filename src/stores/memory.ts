import { setImmediate } from 'node:timers/promises'
import { StoreUnavailableError } from '../errors.ts'
import { SLICE, sweepInBatches } from './engines/sweeper.ts'
import { LockQueues } from './memory/locks.ts'
import { checkMemoryOptions, type MemoryStoreOptions } from './memory/options.ts'
import { Records } from './memory/records.ts'
import { Recency } from './memory/recency.ts'
import { NONE } from './memory/slots.ts'
import { Wheel } from './memory/wheel.ts'
import {
  type Capabilities,
  type Condition,
  type Lock,
  type LockOptions,
  RETENTION,
  type SetResult,
  type Store,
  type Stored,
  type SweepOptions,
  type SweepResult,
} from './store.ts'

export type { MemoryStoreOptions } from './memory/options.ts'

/** Slots the timer looks at in one go: well under a millisecond. */
const STEP = 500
/** One `set` in so many looks at some slots on its way, so that a busy process keeps up without the timer. */
const SETS = 16
const IN_PASSING = 64
/** Slots that a sweep looks at between two looks at the real clock: it removes no more of them than that. */
const BETWEEN_LOOKS = 250
/** How long the timer rests, in milliseconds. */
const REST = 1_000

/**
 * Records in the memory of this process, as strings: what is read is never an alias of what was
 * written. Bounded; `get`, `set` and `touch` count as use. All but `lock` and `sweep` answer at once.
 * A minute after its deadline by `clock` a record leaves by itself, many of them a little at a time:
 * in passing of a `set`, and by one timer, which does not keep the process alive.
 *
 * @throws {SessionConfigError} when an option is wrong
 */
export class MemoryStore implements Store {
  readonly capabilities: Capabilities = {
    atomic: true,
    shared: false,
    durable: false,
    expires: true,
    lock: true,
  }

  readonly #clock: () => number
  readonly #records: Records
  readonly #recency: Recency
  readonly #wheel: Wheel
  readonly #locks = new LockQueues()
  #timer: NodeJS.Timeout | undefined
  #sets = 0
  #closed = false

  constructor(options: MemoryStoreOptions = {}) {
    const { max, clock } = checkMemoryOptions(options)
    this.#clock = clock
    this.#records = new Records(max)
    this.#recency = new Recency(max)
    this.#wheel = new Wheel(max, clock(), {
      due: (slot) => this.#records.deadline(slot) + RETENTION,
      expire: (slot) => this.#forget(slot),
    })
  }

  /** How many records are held, those included that have expired and not left yet. */
  get size(): number {
    return this.#records.size
  }

  /** @throws {StoreUnavailableError} after `close`, as do all the others */
  get(id: string): Stored | undefined {
    const slot = this.#find(id)
    if (slot === NONE) return undefined
    this.#recency.use(slot)
    return this.#records.read(slot)
  }

  set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
    this.#sets = (this.#sets + 1) % SETS
    if (this.#sets === 0) this.#wheel.advance(this.#clock(), IN_PASSING)
    const found = this.#find(id)
    if (!this.#holds(when, found)) {
      return { ok: false, current: found === NONE ? undefined : this.#records.read(found) }
    }
    const isNew = found === NONE
    const slot = isNew ? this.#add(id) : found
    const before = this.#records.deadline(slot)
    const version = this.#records.write(slot, data, expiresAt)
    if (isNew) this.#wheel.add(slot)
    // A later deadline the wheel finds by itself.
    else if (expiresAt < before) this.#wheel.move(slot)
    this.#recency.use(slot)
    return { ok: true, version }
  }

  /** Only ever extends: a deadline earlier than the one that stands is no failure, and changes nothing. */
  touch(id: string, expiresAt: number, version: string): boolean {
    const slot = this.#find(id)
    if (slot === NONE || this.#records.version(slot) !== version) return false
    this.#records.extend(slot, expiresAt)
    this.#recency.use(slot)
    return true
  }

  delete(id: string): boolean {
    const slot = this.#find(id)
    if (slot === NONE) return false
    this.#remove(slot)
    return true
  }

  /** In the order of the calls. Wait and lease run in real time, whatever `clock` says. */
  async lock(id: string, options: LockOptions): Promise<Lock> {
    this.#assertOpen()
    return this.#locks.acquire(id, options)
  }

  async sweep({ slice = SLICE, limit = Infinity }: SweepOptions = {}): Promise<SweepResult> {
    this.#assertOpen()
    const pace = { slice, limit, rest: () => setImmediate() }
    return sweepInBatches(pace, BETWEEN_LOOKS, (work) => {
      const before = this.size
      const done = this.#closed || this.#wheel.advance(this.#clock(), work, true)
      return { removed: before - this.size, done }
    })
  }

  /** Forgets everything, refuses those who wait for a lock, stops the timer. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    this.#locks.close()
    this.#records.clear()
  }

  #find(id: string): number {
    this.#assertOpen()
    return this.#records.find(id)
  }

  #holds(when: Condition, slot: number): boolean {
    if (when === 'absent') return slot === NONE
    if (slot === NONE) return false
    return when === 'present' || when.version === this.#records.version(slot)
  }

  /** A slot for a new record, if need be that of the one unused for longest. */
  #add(id: string): number {
    let slot = this.#records.add(id)
    if (slot === NONE) {
      this.#remove(this.#recency.oldest)
      slot = this.#records.add(id)
    }
    this.#recency.add(slot)
    this.#timer ??= setTimeout(() => this.#tick(), REST).unref()
    return slot
  }

  #remove(slot: number): void {
    this.#wheel.remove(slot)
    this.#forget(slot)
  }

  #forget(slot: number): void {
    this.#recency.remove(slot)
    this.#records.remove(slot)
  }

  #tick(): void {
    const done = this.#wheel.advance(this.#clock(), STEP)
    this.#timer = this.size === 0 ? undefined : setTimeout(() => this.#tick(), done ? REST : 1).unref()
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreUnavailableError('The memory store is closed.', { outcome: 'none' })
  }
}
