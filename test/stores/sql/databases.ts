import '../../servers/sqlite.ts'
import { rmSync } from 'node:fs'
import knex, { type Knex } from 'knex'
import { SqlStore } from '../../../src/stores/sql/index.ts'
import type { SqlStoreOptions } from '../../../src/stores/sql/index.ts'

/** A store that takes its connections along when it is closed. */
export class OwnedSqlStore extends SqlStore {
  readonly knex: Knex
  readonly table: string

  constructor(options: SqlStoreOptions & { readonly table: string }) {
    super(options)
    this.knex = options.knex
    this.table = options.table
  }

  override async close(): Promise<void> {
    await super.close()
    await this.knex.destroy()
  }
}

let tables = 0

/** A store on a new table. */
export async function openStore(knex: Knex, options: Partial<SqlStoreOptions> = {}): Promise<OwnedSqlStore> {
  tables += 1
  const store = new OwnedSqlStore({
    knex,
    table: `t${process.pid}_${tables}`,
    sweepInterval: false,
    timeout: '20s',
    ...options,
  } as SqlStoreOptions & { table: string })
  await store.migrate()
  return store
}

/** SQLite in a file, as one would set it up. */
export function openFile(filename: string): Knex {
  return knex({
    client: 'better-sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (
        connection: { pragma(text: string): unknown },
        done: (error: Error | null, connection: unknown) => void,
      ) => {
        connection.pragma('journal_mode = WAL')
        connection.pragma('synchronous = NORMAL')
        done(null, connection)
      },
    },
    log: { warn: () => undefined },
  })
}

export function removeFile(filename: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(filename + end, { force: true })
}
