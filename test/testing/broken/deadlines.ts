import type { MaybePromise } from '../../../src/maybe-promise.ts'
import type { SetResult, Store, Stored, SweepOptions, SweepResult } from '../../../src/stores/store.ts'
import { NaiveStore } from '../naive-store.ts'
import { altering, broken, turns } from './broken.ts'
import type { Broken } from './broken.ts'

const DAY = 86_400_000
const NO_LOCK = { atomic: true, shared: false, durable: false, lock: false }

export const brokenDeadlines: readonly Broken[] = [
  broken(
    'it hides what has expired',
    class extends NaiveStore {
      override async get(id: string): Promise<Stored | undefined> {
        const record = await super.get(id)
        return record && record.expiresAt < this.clock() ? undefined : record
      }
    },
    'expiry: a record past its deadline is returned for another minute',
  ),
  broken(
    'it takes an expired record for none',
    class extends NaiveStore {
      override set(...[id, ...rest]: Parameters<Store['set']>): ReturnType<Store['set']> {
        if ((this.place.records.get(id)?.expiresAt ?? Infinity) < this.clock()) this.place.records.delete(id)
        return super.set(id, ...rest)
      }
    },
    'expiry: a record past its deadline counts as present',
  ),
  broken(
    'it does not keep what is over already',
    class extends NaiveStore {
      override async set(...[id, data, expiresAt, when]: Parameters<Store['set']>): Promise<SetResult> {
        const result = await super.set(id, data, expiresAt, when)
        if (expiresAt < this.clock()) this.place.records.delete(id)
        return result
      }
    },
    'expiry: a record whose deadline has passed when it is set is kept for a minute',
  ),
  altering(
    'it knows no deadline beyond a timer',
    (data, expiresAt, now) => [data, Math.min(expiresAt, now + 2 ** 31 - 1)],
    'expiry: far deadlines are kept to the millisecond',
  ),
  broken(
    'it forgets after four weeks',
    class extends NaiveStore {
      readonly opened: number = this.clock()

      override get(id: string): MaybePromise<Stored | undefined> {
        return this.clock() > this.opened + 28 * DAY ? undefined : super.get(id)
      }
    },
    'expiry: records with far deadlines outlive months',
  ),
  broken(
    'it forgets when the clock goes back',
    class extends NaiveStore {
      latest: number = this.clock()

      override get(id: string): MaybePromise<Stored | undefined> {
        if (this.clock() < this.latest) this.place.records.clear()
        this.latest = this.clock()
        return super.get(id)
      }
    },
    'expiry: a clock that steps an hour ahead and back loses nothing',
  ),
  broken(
    'it claims to expire records and does not',
    class extends NaiveStore {
      override readonly capabilities = { ...NO_LOCK, expires: true }
    },
    'expiry: expired records vanish by themselves, and live ones stay',
  ),

  broken(
    'its sweep is never done',
    class extends NaiveStore {
      override async sweep(options?: SweepOptions): Promise<SweepResult> {
        return { ...(await super.sweep(options)), done: false }
      }
    },
    'sweep: there is nothing to sweep in an empty store',
  ),
  broken(
    'its sweep takes the expired and the nearly expired',
    class extends NaiveStore {
      protected override expired(): string[] {
        return [...this.place.records].flatMap(([id, record]) =>
          record.expiresAt <= this.clock() ? [id] : [],
        )
      }
    },
    'sweep: a sweep removes what expired more than a minute ago, and nothing else',
  ),
  broken(
    'its sweep takes everything',
    class extends NaiveStore {
      protected override expired(): string[] {
        return [...this.place.records.keys()]
      }
    },
    'expiry: a clock that steps an hour ahead and back loses nothing',
    'sweep: a sweep removes what expired more than a minute ago, and nothing else',
    'sweep: a record that was touched or set since is not swept away',
  ),
  broken(
    'its sweep knows no limit',
    class extends NaiveStore {
      override sweep(): Promise<SweepResult> {
        return super.sweep()
      }
    },
    'sweep: a sweep stops at its limit, and the next goes on',
  ),
  broken(
    'its sweep hides without removing',
    class extends NaiveStore {
      readonly hidden: Set<string> = new Set()

      override get(id: string): MaybePromise<Stored | undefined> {
        return this.hidden.has(id) ? undefined : super.get(id)
      }
      override async sweep(): Promise<SweepResult> {
        for (const id of this.expired()) this.hidden.add(id)
        return { removed: this.hidden.size, done: true }
      }
    },
    'sweep: what was swept away is absent',
  ),
  broken(
    'its sweep does not look again before it removes',
    class extends NaiveStore {
      override async sweep(): Promise<SweepResult> {
        const expired = this.expired()
        await turns(2)
        for (const id of expired) this.place.records.delete(id)
        return { removed: expired.length, done: true }
      }
    },
    'sweep: a sweep among sets and touches removes no live record',
  ),
  broken(
    'a sweep fails while another runs',
    class extends NaiveStore {
      #sweeping = false

      override async sweep(options?: SweepOptions): Promise<SweepResult> {
        if (this.#sweeping) throw new Error('There is a sweep already.')
        this.#sweeping = true
        await turns(1)
        this.#sweeping = false
        return super.sweep(options)
      }
    },
    'sweep: two sweeps at once do not get in each other’s way',
  ),
]
