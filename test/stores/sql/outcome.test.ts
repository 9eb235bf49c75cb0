import test, { type ExecutionContext } from 'ava'
import { StoreUnavailableError } from '../../../src/errors.ts'
import { type OwnedSqlStore, openFile, openStore } from './databases.ts'

const LATER = Date.now() + 3_600_000

interface Connection {
  exec(sql: string): void
}

interface Driver {
  _query(connection: Connection, query: { sql: string }): Promise<unknown>
}

function ending(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => (resolve = settle))
  return { promise, resolve }
}

/** A store whose driver does what it is told, and then says that the connection broke, or never says anything. */
async function setUp(t: ExecutionContext, timeout = 20_000) {
  const knex = openFile(':memory:')
  const store: OwnedSqlStore = await openStore(knex, { timeout })
  const driver = knex.client as unknown as Driver
  const real = driver._query.bind(driver)
  const end = ending()
  t.teardown(async () => {
    driver._query = real
    // The pool waits for the connection that hangs.
    end.resolve()
    await store.close()
  })
  const next = (act: (answer: Promise<unknown>, connection: Connection) => Promise<unknown>): void => {
    driver._query = (connection, query) => {
      driver._query = real
      return act(real(connection, query), connection)
    }
  }
  const silent = (act: () => Promise<unknown>): void => {
    driver._query = () => {
      driver._query = real
      return act()
    }
  }
  const broken = (): Error => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  return {
    store,
    /** The next statement takes place, and its answer is lost; meanwhile `between` happens. */
    loseAnswer: (between: (connection: Connection) => void = () => undefined) =>
      next(async (answer, connection) => {
        await answer
        between(connection)
        throw broken()
      }),
    loseStatement: () => silent(() => Promise.reject(broken())),
    hang: () => silent(() => end.promise),
  }
}

test('a write whose answer was lost is known by its version', async (t) => {
  const { store, loseAnswer } = await setUp(t)
  loseAnswer()
  const made = await store.set('id', 'first', LATER, 'absent')
  t.true(made.ok)
  t.is((await store.get('id'))?.version, made.ok ? made.version : '')
  loseAnswer()
  const updated = await store.set('id', 'second', LATER, { version: made.ok ? made.version : '' })
  t.true(updated.ok)
  t.like(await store.get('id'), { data: 'second', version: updated.ok ? updated.version : '' })
})

test('a statement that was lost is sent again', async (t) => {
  const { store, loseStatement } = await setUp(t)
  loseStatement()
  t.true((await store.set('id', 'data', LATER, 'absent')).ok)
  loseStatement()
  t.is((await store.get('id'))?.data, 'data')
})

test('what others wrote after a lost answer makes the outcome unknown, not a conflict to merge', async (t) => {
  const { store, loseAnswer } = await setUp(t)
  const made = await store.set('id', 'first', LATER, 'absent')
  // Another writer, on the very connection: the pool has one.
  loseAnswer((connection) => connection.exec(`update ${store.table} set version = 'the-version-of-another'`))
  const set = store.set('id', 'mine', LATER, { version: made.ok ? made.version : '' })
  const error = await t.throwsAsync(set, { instanceOf: StoreUnavailableError })
  t.is(error.outcome, 'unknown')
})

test('a delete whose answer was lost took place', async (t) => {
  const { store, loseAnswer } = await setUp(t)
  await store.set('id', 'data', LATER, 'absent')
  loseAnswer()
  t.true(await store.delete('id'))
  t.false(await store.delete('id'))
})

test('a lock whose answer was lost is held by who asked for it', async (t) => {
  const { store, loseAnswer } = await setUp(t)
  loseAnswer()
  const lock = await store.lock('id', { wait: 1_000, lease: 60_000 })
  t.true(await lock.renew())
  await lock.release()
})

test('a driver that never answers costs no more than the deadline', async (t) => {
  const { store, hang } = await setUp(t, 100)
  hang()
  const began = performance.now()
  const reading = await t.throwsAsync(store.get('id'), { instanceOf: StoreUnavailableError })
  t.is(reading.outcome, 'none')
  // The only connection is still waiting, so nothing of this is ever sent.
  const writing = store.set('id', 'data', LATER, 'absent')
  const error = await t.throwsAsync(writing, { instanceOf: StoreUnavailableError })
  t.is(error.outcome, 'none')
  t.true(performance.now() - began < 1_000)
})

test('a write that is never answered has an unknown outcome', async (t) => {
  const { store, hang } = await setUp(t, 100)
  hang()
  const error = await t.throwsAsync(store.set('id', 'data', LATER, 'absent'), {
    instanceOf: StoreUnavailableError,
    message: 'The database did not write a record within 100 ms.',
  })
  t.is(error.outcome, 'unknown')
})

test('a lock is waited for while the only connection serves others', async (t) => {
  const { store } = await setUp(t)
  const lock = await store.lock('id', { wait: 1_000, lease: 60_000 })
  const waiting = store.lock('id', { wait: 20_000, lease: 60_000 })
  for (let n = 0; n < 50; n += 1) await store.set(`id ${n}`, 'data', LATER, 'absent')
  await lock.release()
  await (await waiting).release()
  t.pass()
})
