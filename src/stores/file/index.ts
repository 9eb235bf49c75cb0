import { CorruptRecordError } from '../../errors.ts'
import { chain, isPromise, type MaybePromise } from '../../maybe-promise.ts'
import { Operations } from '../engines/operations.ts'
import { Upkeep } from '../engines/upkeep.ts'
import type { Capabilities, Condition, Lock, LockOptions, SetResult, Store } from '../store.ts'
import type { Stored, SweepOptions, SweepResult } from '../store.ts'
import { Disk } from './disk.ts'
import { explain, isShortage } from './failure.ts'
import { assertFolder, recordOf } from './folder.ts'
import { LeaseMarks } from './lease.ts'
import { nextSerial, tagOf } from './mark.ts'
import { DAMAGED, readRecord, readRecordSync } from './read.ts'
import { removeRecord, setAside } from './remove.ts'
import { type FileStoreOptions, type Limits, readSettings } from './settings.ts'
import { sweepingOf } from './sweep.ts'
import { touchRecord, writeRecord } from './write.ts'

export type { FileStoreOptions } from './settings.ts'

/*
 * The life of a record's file.
 *
 * Its name is the id in hexadecimal, in one of 256 folders (folder.ts). It holds one line of header, with a
 * checksum, the version and the deadline, and then the data (format.ts).
 *
 * It is born, and reborn with every write, as `<name>.t-<tag>` beside the record (write.ts). When all its
 * bytes are there, the writer takes the lock of the record, `<name>.lock` (lock.ts): a symbolic link that
 * names its owner (mark.ts), so that the lock of a dead process is overtaken at once, and that of a paused
 * one after a while. Whoever overtakes it removes the owner's `.t-` file first: the owner cannot rename what
 * is not there, should it wake up. Under the lock the writer reads the header of the record, and if the
 * condition holds renames its own file over it. So there is the old record or the new one, whole, at every
 * moment and whatever happens.
 *
 * It is read without a lock (read.ts): an open file stays what it is, also while another takes its place.
 * What its checksum refutes is renamed to `<name>.corrupt-<time>`, for somebody to look at (remove.ts).
 *
 * A touch does not write it. The deadline that counts is the later of those in the header and in the mtime,
 * and a touch sets the mtime of the very file whose header it has read (write.ts): what comes between is a new
 * file, which it cannot hit.
 *
 * It dies by a delete, or, a minute past its deadline, by a sweep (sweep.ts), both under the lock, so that
 * no writer that has checked its condition brings it back (remove.ts). The sweep goes through all folders,
 * a few milliseconds at a time, and also removes what crashes have left lying about.
 *
 * Beside it there may be `<name>.lease`: the lock of a whole request, which `lock` gives (lease.ts).
 */

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
  readonly #upkeep: Upkeep
  readonly #operations = new Operations()

  /** `limits` are for the tests of this store. */
  constructor(options: FileStoreOptions, limits: Partial<Limits> = {}) {
    this.#disk = new Disk(readSettings(options, limits))
    this.#upkeep = new Upkeep(
      'file',
      new LeaseMarks(this.#disk),
      (leases) => sweepingOf(this.#disk, leases),
      () => this.#operations.over(),
    )
    // Who we are is read from files: now, while there are descriptors.
    tagOf(nextSerial())
  }

  get(id: string): MaybePromise<Stored | undefined> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('read a record', () => this.#read(record))
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('write a record', async () => {
      // Else a visitor would begin a session in a folder that is not the store's.
      if (when === 'absent') assertFolder(this.#disk)
      const version = await writeRecord(this.#disk, record, { data, expiresAt: checked(expiresAt), when })
      return version === undefined ? { ok: false, current: await this.#read(record) } : { ok: true, version }
    })
  }

  /** Only ever extends: an earlier deadline than the record's changes nothing. */
  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('touch a record', () => {
      const touched = touchRecord(this.#disk, record, checked(expiresAt), version)
      return chain(touched, (found) => this.#checked(found))
    })
  }

  async delete(id: string): Promise<boolean> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('delete a record', async () => this.#checked(await removeRecord(this.#disk, record)))
  }

  async lock(id: string, options: LockOptions): Promise<Lock> {
    const record = recordOf(this.#disk.root, id)
    return this.#perform('lock a record', () => this.#upkeep.lock(record, options))
  }

  /** `{ removed: 0, done: true }` while another process is at it. A call while one runs joins it. */
  async sweep(options: SweepOptions = {}): Promise<SweepResult> {
    return this.#perform('sweep', () => this.#upkeep.sweep(options))
  }

  /** Waits for what is under way, gives back the locks it holds. */
  close(): Promise<void> {
    return this.#upkeep.close()
  }

  /** What can answer at once does; what fails rejects, in both cases, with a typed error. */
  #perform<T>(name: string, task: () => MaybePromise<T>): MaybePromise<T> {
    try {
      this.#upkeep.use()
      const result = task()
      return isPromise(result) ? this.#operations.follow(explained(name, result)) : result
    } catch (error) {
      return Promise.reject(explain(error, name))
    }
  }

  #read(record: string): MaybePromise<Stored | undefined> {
    if (this.#disk.settings.io === 'async') return this.#readOrSetAside(record)
    try {
      const found = readRecordSync(this.#disk, record)
      if (found !== DAMAGED) return this.#checked(found)
    } catch (error) {
      // The other way of reading waits for a descriptor.
      if (!isShortage(error)) throw error
    }
    return this.#readOrSetAside(record)
  }

  async #readOrSetAside(record: string): Promise<Stored | undefined> {
    let found = await readRecord(this.#disk, record)
    if (found === DAMAGED) found = await setAside(this.#disk, record)
    if (found === DAMAGED) throw new CorruptRecordError('A record is damaged; its file has been set aside.')
    return this.#checked(found)
  }

  /** The same; if it says that there is no record, there has to be a folder it could be in. */
  #checked<T>(found: T): T {
    if (found === undefined || found === false) assertFolder(this.#disk)
    return found
  }
}

async function explained<T>(name: string, result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw explain(error, name)
  }
}

function checked(expiresAt: number): number {
  if (typeof expiresAt === 'number' && !Number.isNaN(expiresAt)) return expiresAt
  throw new TypeError('expiresAt must be a number: milliseconds since the epoch')
}
