import test from 'ava'
import type { Knex } from 'knex'
import { SessionConfigError } from '../../../src/errors.ts'
import { SqlStore } from '../../../src/stores/sql/index.ts'

/** How a table is made that does not do, and what the store says to it. */
export type Shapes = Readonly<Record<string, readonly [columns: string, message: RegExp]>>

let tables = 0

/** Tables of other shapes, and many that make the same at once. `connect` always leads to the same place. */
export function testSchema(name: string, connect: () => Knex, shapes: Shapes): void {
  for (const [what, [columns, message]] of Object.entries(shapes)) {
    test.serial(`${name}: a table is refused at start: ${what}`, async (t) => {
      const knex = connect()
      t.teardown(() => knex.destroy())
      tables += 1
      const table = `shape_${tables}`
      await knex.raw(`create table ${table} (${columns})`)
      const store = new SqlStore({ knex, table, sweepInterval: false, timeout: '20s' })
      const error = await t.throwsAsync(store.migrate(), { instanceOf: SessionConfigError, message })
      t.regex(error.message, new RegExp(`'${table}'`))
      t.deepEqual(await knex(table).select(), [], 'the table was left with something in it')
      await store.close()
    })
  }

  test.serial(`${name}: many may make the tables at once, and again`, async (t) => {
    const stores = Array.from({ length: 6 }, () => {
      const knex = connect()
      t.teardown(() => knex.destroy())
      return new SqlStore({ knex, table: 'made_at_once', sweepInterval: false, timeout: '20s' })
    })
    await Promise.all(stores.map((store) => store.migrate()))
    await stores[0]!.migrate()
    t.true((await stores[1]!.set('id', 'data', Date.now() + 60_000, 'absent')).ok)
    t.is((await stores[2]!.get('id'))?.data, 'data')
    await Promise.all(stores.map((store) => store.close()))
  })

  test.serial(`${name}: without its table a store is unavailable, and says so`, async (t) => {
    const knex = connect()
    t.teardown(() => knex.destroy())
    const store = new SqlStore({ knex, table: 'never_made', sweepInterval: false, timeout: '20s' })
    const expected = { code: 'ERR_STORE_UNAVAILABLE' }
    t.like(await t.throwsAsync(store.get('id'), expected), { outcome: 'none' })
    const set = store.set('id-of-a-session', 'data-of-it', Date.now() + 60_000, 'absent')
    const error = await t.throwsAsync(set, expected)
    t.like(error, { outcome: 'none' })
    t.notRegex(`${error.message} ${String(error.cause)}`, /of-a-session|of-it/)
    await store.close()
  })
}
