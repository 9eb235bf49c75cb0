import { Postgres } from '../../servers/postgres.ts'
import { testServer } from './conformance.ts'

const REST = 'expires_at bigint not null, data text not null'

await testServer('PostgreSQL', await Postgres.start(), {
  'a column is missing': [
    'id varchar(64) primary key, data text not null',
    /expects the columns id, version, expires_at, data, and finds no version, no expires_at/,
  ],
  'id is not unique': [
    `id varchar(64), version varchar(32), ${REST}`,
    /does not take a record|id is not unique/,
  ],
  'a deadline has 32 bits': [
    'id varchar(64) primary key, version varchar(32), expires_at integer, data text',
    /does not take a record \(value .* is out of range/,
  ],
  'a version is too short': [
    `id varchar(64) primary key, version varchar(8), ${REST}`,
    /does not take a record/,
  ],
  'another column must have a value': [
    `id varchar(64) primary key, version varchar(32), ${REST}, owner text not null`,
    /does not take a record \(null value in column "owner"/,
  ],
})
