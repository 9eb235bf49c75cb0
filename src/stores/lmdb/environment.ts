import { realpathSync } from 'node:fs'
import type { Database, RootDatabase } from 'lmdb'
import { SessionConfigError } from '../../errors.ts'
import { prepareFolder } from '../file/folder.ts'
import { messageOf } from './failure.ts'
import { checkHeader } from './header.ts'
import type { LmdbSettings } from './settings.ts'

/** The number of the format of the file, kept in it. */
const FORMAT = '1'
/** LMDB's own default is 126, and those of processes that died count until somebody looks. */
const MAX_READERS = 1024

/** A lease: who has it, and until when by the clock of the machine. */
export interface Lease {
  readonly token: string
  readonly until: number
}

/** The databases in the file. */
export interface Tables {
  readonly records: Database<Buffer, string>
  /** Deadline and key of each record; what does not fit the record is left over, and harmless. */
  readonly deadlines: Database<Buffer, [number, string]>
  readonly leases: Database<Lease, string>
  /** Values that nobody has written, by the time they were found. */
  readonly damaged: Database<Buffer, [number, string]>
}

/** One open file. Opening a file twice in one process breaks the locks of LMDB, so stores share it. */
export class Environment {
  static readonly #open = new Map<string, Environment>()

  readonly root: RootDatabase<string, string>
  readonly tables: Tables
  readonly path: string
  #users = 0

  private constructor(path: string, root: RootDatabase<string, string>) {
    this.path = path
    this.root = root
    this.tables = {
      records: root.openDB({ name: 'records', encoding: 'binary' }),
      deadlines: root.openDB({ name: 'deadlines', encoding: 'binary' }),
      leases: root.openDB({ name: 'leases', encoding: 'json' }),
      damaged: root.openDB({ name: 'damaged', encoding: 'binary' }),
    }
  }

  /** Throws `SessionConfigError`. */
  static use({ open, dir }: LmdbSettings): Environment {
    const path = realpathSync(preparedFolder(dir))
    let environment = this.#open.get(path)
    if (environment === undefined) {
      environment = openFile(path, open, (root) => new Environment(path, root))
      this.#open.set(path, environment)
    }
    environment.#users += 1
    return environment
  }

  async release(): Promise<void> {
    this.#users -= 1
    if (this.#users > 0) return
    Environment.#open.delete(this.path)
    await this.root.close()
  }
}

function preparedFolder(dir: string): string {
  try {
    return prepareFolder(dir, false).root
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error
    // The option is FileStore's alone.
    const message = error.message.replace(', or set trustFolder: true if that is meant', '')
    throw new SessionConfigError(message.replace('FileStore', 'LmdbStore'), { cause: error.cause })
  }
}

function openFile(
  path: string,
  open: LmdbSettings['open'],
  make: (root: RootDatabase<string, string>) => Environment,
): Environment {
  checkHeader(path)
  let root: RootDatabase<string, string> | undefined
  try {
    root = open<string, string>({
      path,
      noSubdir: false,
      maxDbs: 8,
      maxReaders: MAX_READERS,
      encoding: 'string',
      // A write that is acknowledged is on the disk.
      overlappingSync: false,
      // The promise of such a batch is nobody's, and when it fails it ends the process.
      eventTurnBatching: false,
    })
    assertOurs(root)
    return make(root)
  } catch (error) {
    void root?.close()
    if (error instanceof SessionConfigError) throw error
    throw new SessionConfigError(`LmdbStore cannot use the database in ${path}: ${messageOf(error)}.`, {
      cause: error,
    })
  }
}

/** The names of databases are keys of the root, and so is the number of the format. */
function assertOurs(root: RootDatabase<string, string>): void {
  const format = root.transactionSync(() => {
    const found = root.get('koa-session-pipeline')
    const isEmpty = root.getKeysCount({ limit: 1 }) === 0
    if (found === undefined && isEmpty) root.putSync('koa-session-pipeline', FORMAT)
    return found ?? (isEmpty ? FORMAT : undefined)
  })
  if (format === FORMAT) return
  throw new SessionConfigError(
    format === undefined
      ? 'The database that LmdbStore was given belongs to another program: give it a folder of its own.'
      : `The database of LmdbStore was written by a newer version of this package: format ${format.slice(0, 20)}, expected ${FORMAT}.`,
  )
}
