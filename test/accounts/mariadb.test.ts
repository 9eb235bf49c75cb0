import test from 'ava'
import { Mariadb } from '../servers/mariadb.ts'
import { openStore } from '../stores/sql/databases.ts'
import { declareAccounts } from './declare.ts'

const server = await Mariadb.start()

if (typeof server === 'string') test.skip(`SqlStore, MariaDB: ${server}`, (t) => t.pass())
else {
  test.after.always(() => server.dispose())
  declareAccounts('SqlStore, MariaDB', async (t) => {
    const store = await openStore(server.connect())
    t.teardown(() => store.close())
    return store
  })
}
