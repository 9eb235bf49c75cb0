import test from 'ava'
import type { Knex } from 'knex'
import { storeConformance } from '../../../src/testing/index.ts'
import type { Fault } from '../../../src/testing/index.ts'
import type { DatabaseServer } from '../../servers/database-server.ts'
import { type OwnedSqlStore, openStore } from './databases.ts'
import type { Place } from './open-sql-store.ts'
import { type Shapes, testSchema } from './schema.ts'

/** A row that somebody has edited. */
const damaged: Fault<OwnedSqlStore> = {
  name: 'a row does not hold what was written',
  break: async ({ knex, table }, id) =>
    void (await knex(table).where({ id }).update({ data: '"half a text' })),
  heal: () => undefined,
  expect: 'corrupt',
}

/** Runs the suite against a real server: one for all cases, a table for each. */
export async function testServer(
  name: string,
  server: (DatabaseServer & { connect(pool?: Knex.PoolConfig): Knex }) | string,
  shapes: Shapes,
): Promise<void> {
  if (typeof server === 'string') return test.skip(`${name}: ${server}`, () => undefined)
  const cases = await storeConformance<OwnedSqlStore>({
    create: (clock) => openStore(server.connect({ max: 4 }), { clock }),
    reopen: ({ table }, clock) => openStore(server.connect({ max: 4 }), { table, clock }),
    expire: async (store) => void (await store.sweep()),
    processes: {
      module: new URL('open-sql-store.js', import.meta.url),
      argument: ({ table, knex }): Place => {
        const { client, connection } = knex.client.config as Knex.Config
        return { table, server: { client: client as string, connection: connection as object } }
      },
    },
    faults: [damaged],
  })
  test.after.always(() => server.dispose())
  declare(name, cases)
  testSchema(name, () => server.connect({ max: 2 }), shapes)
}

export function declare(name: string, cases: Awaited<ReturnType<typeof storeConformance>>): void {
  for (const { name: what, skip, run } of cases) {
    // A server has connections for some of them at a time.
    if (skip === undefined) test.serial(`${name}: ${what}`, (t) => t.notThrowsAsync(run))
    else test.skip(`${name}: ${what} (${skip})`, (t) => t.notThrowsAsync(run))
  }
}

export { damaged }
