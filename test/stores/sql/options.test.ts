import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import knex, { type Knex } from 'knex'
import { SessionConfigError, StoreFullError, StoreUnavailableError } from '../../../src/errors.ts'
import { SqlStore } from '../../../src/stores/sql/index.ts'
import { fakeClock } from '../../../src/testing/index.ts'
import { openFile, openStore, removeFile } from './databases.ts'
import { testSchema } from './schema.ts'

const HOUR = 3_600_000
const memory = openFile(':memory:')
test.after.always(() => memory.destroy())

const wrong: Record<string, [options: unknown, message: RegExp]> = {
  'no options': [undefined, /the options of SqlStore to be an object, got undefined/],
  'no Knex': [{}, /Expected knex of SqlStore to be an instance of Knex, .* got Undefined/],
  'settings for Knex': [{ knex: { client: 'pg', connection: 'postgres://me:secret@host' } }, /got Object/],
  'a slip': [
    { knex: memory, tabel: 'x' },
    /Unknown option 'SqlStore\.tabel'\. Did you mean 'SqlStore\.table'/,
  ],
  'a table with a quote': [{ knex: memory, table: 'a"b' }, /table of SqlStore to be a name/],
  'a long table': [{ knex: memory, table: 'x'.repeat(41) }, /at most 40/],
  'no time': [{ knex: memory, timeout: 0 }, /timeout of SqlStore/],
  'an interval': [{ knex: memory, sweepInterval: 'often' }, /sweepInterval of SqlStore/],
  'a clock': [{ knex: memory, clock: 5 }, /clock of SqlStore/],
}
for (const [what, [options, message]] of Object.entries(wrong)) {
  test(`wrong options are refused: ${what}`, (t) => {
    const error = t.throws(() => Reflect.construct(SqlStore, [options]) as unknown, {
      instanceOf: SessionConfigError,
      message,
    })
    t.notRegex(error.message, /secret/)
  })
}

test('a transaction is no place for a store', async (t) => {
  const own = openFile(':memory:')
  t.teardown(() => own.destroy())
  await own.transaction(async (transaction) => {
    t.throws(() => new SqlStore({ knex: transaction }), { message: /got a transaction/ })
  })
})

function newFile(t: ExecutionContext): { file: string; connect: () => Knex } {
  const file = join(tmpdir(), `sessions-${randomUUID()}.sqlite`)
  t.teardown(() => removeFile(file))
  const connect = (): Knex => {
    const opened = knex({
      client: 'better-sqlite3',
      connection: { filename: file },
      useNullAsDefault: true,
      log: { warn: () => undefined },
    })
    t.teardown(() => opened.destroy())
    return opened
  }
  return { file, connect }
}

test('a file that is no database is refused at start', async (t) => {
  const { file, connect } = newFile(t)
  writeFileSync(file, 'no database '.repeat(1_000))
  await t.throwsAsync(new SqlStore({ knex: connect() }).migrate(), {
    instanceOf: SessionConfigError,
    message: /cannot use the database file: SQLITE_NOTADB/,
  })
})

test('a file that only a newer SQLite can write is refused at start, or unavailable', async (t) => {
  const { file, connect } = newFile(t)
  const before = connect()
  await new SqlStore({ knex: before }).migrate()
  await before.destroy()
  // The numbers of the format that is needed to write and to read the file.
  const fd = openSync(file, 'r+')
  writeSync(fd, Buffer.from([9, 9]), 0, 2, 18)
  closeSync(fd)
  await t.throwsAsync(new SqlStore({ knex: connect() }).migrate(), { instanceOf: SessionConfigError })
})

test('a database that is full says so, and the old value survives', async (t) => {
  const store = await openStore(openFile(':memory:'))
  t.teardown(() => store.close())
  await store.set('id', 'before', Date.now() + HOUR, 'absent')
  await store.knex.raw('pragma max_page_count = 20')
  const big = store.set('id', 'x'.repeat(200_000), Date.now() + HOUR, 'present')
  await t.throwsAsync(big, { instanceOf: StoreFullError })
  t.is((await store.get('id'))?.data, 'before')
})

test('expired records are cleared away by themselves', async (t) => {
  const clock = fakeClock()
  const store = await openStore(openFile(':memory:'), { clock, sweepInterval: 20 })
  t.teardown(() => store.close())
  await store.set('old', 'data', clock() - HOUR, 'absent')
  await store.set('new', 'data', clock() + HOUR, 'absent')
  while ((await store.knex(store.table).select()).length > 1) await pause(5)
  t.is((await store.get('new'))?.data, 'data')
})

test('a store in memory claims neither to be shared nor to last', (t) => {
  const { shared, durable, atomic, lock } = new SqlStore({ knex: memory }).capabilities
  t.deepEqual({ shared, durable, atomic, lock }, { shared: false, durable: false, atomic: true, lock: true })
})

test('when Knex has been destroyed, a store is unavailable', async (t) => {
  const own = openFile(':memory:')
  const store = new SqlStore({ knex: own })
  await own.destroy()
  const error = await t.throwsAsync(store.get('id'), { instanceOf: StoreUnavailableError })
  t.is(error.outcome, 'none')
  await store.close()
})

const shared = join(tmpdir(), `sessions-${randomUUID()}.sqlite`)
test.after.always(() => removeFile(shared))
testSchema('SQLite', () => openFile(shared), {
  'a column is missing': ['id text primary key, data text', /finds no version, no expires_at/],
  'id is not unique': [
    'id text, version text, expires_at integer, data text',
    /does not take a record|id is not unique/,
  ],
  'id takes capital letters for small ones': [
    'id text collate nocase primary key, version text, expires_at integer, data text',
    /id does not tell capital letters from small ones/,
  ],
})
