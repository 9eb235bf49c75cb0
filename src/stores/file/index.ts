import { CorruptRecordError } from '../../errors.ts'
import { then } from '../../maybe-promise.ts'
import type { MaybePromise } from '../../maybe-promise.ts'
import type { Capabilities, Condition, Lock, LockOptions, SetResult, Store } from '../store.ts'
import type { Stored, SweepOptions, SweepResult } from '../store.ts'
import type { Disk } from './disk.ts'
import { diskOf } from './disk.ts'
import { isShortage } from './failure.ts'
import { assertFolder, prepareFolder } from './folder.ts'
import { Leases } from './leases.ts'
import { recordOf } from './name.ts'
import { Operations } from './operations.ts'
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
  readonly #operations: Operations
  #closing: Promise<void> | undefined

  /** `limits` are for the tests of this store. */
  constructor(options: FileStoreOptions, limits: Partial<Limits> = {}) {
    const settings = readSettings(options, limits)
    this.#disk = diskOf(prepareFolder(settings.dir), settings)
    this.#leases = new Leases(this.#disk)
    this.#sweeper = new Sweeper(this.#disk, this.#leases)
    this.#operations = new Operations(() => this.#schedule.start())
    this.#schedule = new Schedule(settings.sweepInterval, async () =>
      this.#operations.perform('sweep', () => this.#sweeper.run({}, false)),
    )
  }

  get(id: string): MaybePromise<Stored | undefined> {
    const record = recordOf(this.#disk.root, id)
    return this.#operations.perform('read a record', () => {
      const found = this.#disk.settings.io === 'sync' ? tryRead(record) : DAMAGED
      return found === DAMAGED ? this.#read(record) : this.#checked(found)
    })
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    const record = recordOf(this.#disk.root, id)
    return this.#operations.perform('write a record', async () => {
      const version = await replaceRecord(this.#disk, record, { data, expiresAt: checked(expiresAt), when })
      return version === undefined ? { ok: false, current: await this.#read(record) } : { ok: true, version }
    })
  }

  /** Only ever extends: an earlier deadline than the record's is ignored. */
  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    const record = recordOf(this.#disk.root, id)
    return this.#operations.perform('touch a record', () =>
      then(touchRecord(this.#disk, record, checked(expiresAt), version), (found) => this.#checked(found)),
    )
  }

  async delete(id: string): Promise<boolean> {
    const record = recordOf(this.#disk.root, id)
    return this.#operations.perform('delete a record', async () =>
      this.#checked(await removeRecord(this.#disk, record)),
    )
  }

  async lock(id: string, options: LockOptions): Promise<Lock> {
    const record = recordOf(this.#disk.root, id)
    return this.#operations.perform('lock a record', () => this.#leases.take(record, options))
  }

  /** `{ removed: 0, done: true }` while another process is at it. A call while one runs joins it. */
  async sweep(options: SweepOptions = {}): Promise<SweepResult> {
    return this.#operations.perform('sweep', () => this.#sweeper.run(options, true))
  }

  /** Waits for what is under way, gives back the locks it holds. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#operations.close()
    this.#schedule.stop()
    this.#sweeper.stop()
    await this.#leases.close()
    await this.#operations.ended()
  }

  async #read(record: string): Promise<Stored | undefined> {
    let found = await readRecord(record, this.#disk.descriptors)
    if (found === DAMAGED) found = await setAside(this.#disk, record)
    if (found === DAMAGED) throw new CorruptRecordError('A record is damaged; its file has been set aside.')
    return this.#checked(found)
  }

  /** The same; if it says that there is no record, there has to be a folder it could be in. */
  #checked<T>(found: T): T {
    if (found === undefined || found === false) assertFolder(this.#disk.root)
    return found
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
