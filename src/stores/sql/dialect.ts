import { KEY_LENGTH } from '../engines/key.ts'

/** What differs between the databases. */
export interface Dialect {
  readonly name: string
  /** The statements that make the missing tables. `??` stands for a name. */
  create(table: string, locks: string): readonly (readonly [sql: string, names: readonly string[]])[]
  /** The time by the database's clock, in whole milliseconds since the epoch. */
  readonly now: string
  /** Whether an insert that meets a key which is taken can be told to do nothing, and say so. */
  readonly insertsOrReturns: boolean
  /** Whether the database is in this process, where a connection can neither hang nor be spared. */
  readonly embedded: boolean
}

/** The type of a key, compared byte by byte. */
const KEY = `varchar(${KEY_LENGTH})`

const postgresql: Dialect = {
  name: 'PostgreSQL',
  create: (table, locks) => [
    [
      `create table if not exists ?? (id ${KEY} collate "C" primary key, version varchar(32) collate "C" not null, expires_at bigint not null, data text not null)`,
      [table],
    ],
    ['create index if not exists ?? on ?? (expires_at)', [`${table}_expires_at`, table]],
    [
      `create table if not exists ?? (id ${KEY} collate "C" primary key, token varchar(64) collate "C" not null, held_until bigint not null)`,
      [locks],
    ],
  ],
  now: 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)',
  insertsOrReturns: true,
  embedded: false,
}

const ASCII = 'character set ascii collate ascii_bin'
const mysql: Dialect = {
  name: 'MySQL',
  create: (table, locks) => [
    [
      `create table if not exists ?? (id ${KEY} ${ASCII} not null primary key, version varchar(32) ${ASCII} not null, expires_at bigint not null, data longtext character set utf8mb4 collate utf8mb4_bin not null, key ?? (expires_at)) engine = InnoDB`,
      [table, `${table}_expires_at`],
    ],
    [
      `create table if not exists ?? (id ${KEY} ${ASCII} not null primary key, token varchar(64) ${ASCII} not null, held_until bigint not null) engine = InnoDB`,
      [locks],
    ],
  ],
  // Not `unix_timestamp`, which reads the session's time zone and stumbles over its summer time.
  now: "(timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000)",
  // Its `insert ignore` would ignore much more.
  insertsOrReturns: false,
  embedded: false,
}

const sqlite: Dialect = {
  name: 'SQLite',
  create: (table, locks) => [
    [
      'create table if not exists ?? (id text not null primary key, version text not null, expires_at integer not null, data text not null)',
      [table],
    ],
    ['create index if not exists ?? on ?? (expires_at)', [`${table}_expires_at`, table]],
    [
      'create table if not exists ?? (id text not null primary key, token text not null, held_until integer not null)',
      [locks],
    ],
  ],
  now: "cast((julianday('now') - 2440587.5) * 86400000 as integer)",
  insertsOrReturns: true,
  embedded: true,
}

/** By Knex's names of them. */
export const DIALECTS: Readonly<Record<string, Dialect>> = { postgresql, mysql, sqlite3: sqlite }
