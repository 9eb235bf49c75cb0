import knex, { type Knex } from 'knex'
import { OwnedSqlStore, openFile } from './databases.ts'

/** What the conformance suite calls in another process. */
export interface Place {
  readonly table: string
  /** A file of SQLite, or the settings of Knex for a server. */
  readonly file?: string
  readonly server?: Knex.Config
}

export default ({ table, file, server }: Place): OwnedSqlStore =>
  new OwnedSqlStore({
    knex: file === undefined ? knex({ ...server!, log: { warn: () => undefined } }) : openFile(file),
    table,
    sweepInterval: false,
    timeout: '20s',
  })
