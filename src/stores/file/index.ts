import { CorruptRecordError, StoreUnavailableError } from '../../errors.ts'
import type { Capabilities, Condition, Lock, LockOptions, MaybePromise, SetResult, Store } from '../store.ts'
import type { Stored, SweepOptions, SweepResult } from '../store.ts'
import type { Disk } from './disk.ts'
import { diskOf } from './disk.ts'
import { explain, isShortage } from './failure.ts'
import { prepareFolder } from './folder.ts'
import { Leases } from './leases.ts'
import { recordOf } from './name.ts'
import { DAMAGED, readRecord, readRecordSync } from './reader.ts'
import { removeRecord, setAside } from './remove.ts'
import { replaceRecord } from './replace.ts'
import { Schedule } from './schedule.ts'
import { readSettings } from './settings.ts'
import type { FileStoreOptions, Limits } from './settings.ts'
import { Sweeper } from './sweep.ts'
import { touchRecord } from './touch.ts'

export type { FileStoreOptions } from './settings.ts'

/**
 * One file a session, in a folder that several processes of one machine may share. Nothing of a
 * record is ever written in place, so a crash, a full disk or a parallel writer leaves the old one or
 * the new one. Throws `SessionConfigError` at construction when an option or the folder is not
 * usable. All its operations reject with `StoreUnavailableError`, writes with `StoreFullError` too,
 * and `get` and a refused `set` with `CorruptRecordError`, after the damaged file has been set aside.
 */
export class FileStore implements Store {
  readonly capabilities: Capabilities = {
    atomic: true,
    shared: true,
    durable: true,
    expires: true,
    lock: true,
  }
  readonly #disk: Disk
  readonly #leases: Leases
  readonly #sweeper: Sweeper
  readonly #schedule: Schedule
  #running = 0
  #idle: (() => void) | undefined
  #closing: Promise<void> | undefined

  /** `limits` are for the tests of this store. */
  constructor(options: FileStoreOptions, limits: Partial<Limits> = {}) {
    const settings = readSettings(options, limits)
    this.#disk = diskOf(prepareFolder(settings.dir), settings)
    this.#leases = new Leases(this.#disk)
    this.#sweeper = new Sweeper(this.#disk, this.#leases)
    this.#schedule = new Schedule(settings.sweepInterval, async () =>
      this.#perform('sweep', () => this.#sweeper.run({}, false)),
    )
  }

  get(id: string): MaybePromise<Stored | undefined> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('read a record', () => {
      const found = this.#disk.settings.io === 'sync' ? tryRead(record) : DAMAGED
      return found === DAMAGED ? this.#read(record) : found
    })
  }

  set(id: string, data: string, expiresAt: number, when: Condition): MaybePromise<SetResult> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('write a record', async () => {
      const version = await replaceRecord(this.#disk, record, { data, expiresAt: checked(expiresAt), when })
      return version === undefined ? { ok: false, current: await this.#read(record) } : { ok: true, version }
    })
  }

  /** Only ever extends: an earlier deadline than the record's is ignored. */
  touch(id: string, expiresAt: number): MaybePromise<boolean> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('touch a record', () => touchRecord(this.#disk, record, checked(expiresAt)))
  }

  delete(id: string): MaybePromise<boolean> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('delete a record', () => removeRecord(this.#disk, record))
  }

  async lock(id: string, options: LockOptions): Promise<Lock> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('lock a record', () => this.#leases.take(record, options))
  }

  /** `{ removed: 0, done: true }` while another process is at it. A call while one runs joins it. */
  async sweep(options: SweepOptions = {}): Promise<SweepResult> {
    return this.#perform('sweep', () => this.#sweeper.run(options, true))
  }

  /** Waits for what is under way, gives back the locks it holds. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#schedule.stop()
    this.#sweeper.stop()
    // A background sweep pauses with a timer that does not keep the process alive; this one does.
    const alive = setInterval(() => undefined, 1_000)
    await this.#leases.close()
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    clearInterval(alive)
  }

  async #read(record: string): Promise<Stored | undefined> {
    let found = await readRecord(record, this.#disk.descriptors)
    if (found === DAMAGED) found = await setAside(this.#disk, record)
    if (found === DAMAGED) throw new CorruptRecordError('A record is damaged; its file has been set aside.')
    return found
  }

  /** What can answer at once does; what fails rejects, in both cases. */
  #perform<T>(operation: string, task: () => MaybePromise<T>): MaybePromise<T> {
    if (this.#closing !== undefined) {
      return Promise.reject(new StoreUnavailableError('The file store has been closed.', { outcome: 'none' }))
    }
    this.#schedule.start()
    try {
      const result = task()
      return result instanceof Promise ? this.#follow(operation, result) : result
    } catch (error) {
      return Promise.reject(explain(error, operation))
    }
  }

  async #follow<T>(operation: string, result: Promise<T>): Promise<T> {
    this.#running += 1
    try {
      return await result
    } catch (error) {
      throw explain(error, operation)
    } finally {
      this.#running -= 1
      if (this.#running === 0) this.#idle?.()
    }
  }
}

/** `DAMAGED` too while there is no descriptor: the other way of reading waits for one. */
function tryRead(record: string): Stored | undefined | typeof DAMAGED {
  try {
    return readRecordSync(record)
  } catch (error) {
    if (isShortage(error)) return DAMAGED
    throw error
  }
}

function checked(expiresAt: number): number {
  if (typeof expiresAt === 'number' && !Number.isNaN(expiresAt)) return expiresAt
  throw new TypeError('expiresAt must be a number: milliseconds since the epoch')
}
