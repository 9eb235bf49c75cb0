import test from 'ava'
import { Postgres } from '../servers/postgres.ts'
import { openStore } from '../stores/sql/databases.ts'
import { declareAccounts } from './declare.ts'

const server = await Postgres.start()

if (typeof server === 'string') test.skip(`SqlStore, PostgreSQL: ${server}`, (t) => t.pass())
else {
  test.after.always(() => server.dispose())
  declareAccounts('SqlStore, PostgreSQL', async (t) => {
    const store = await openStore(server.connect())
    t.teardown(() => store.close())
    return store
  })
}
