import test from 'ava'
import { Mariadb } from '../../servers/mariadb.ts'
import { testFaults } from './faults.ts'

const server = await Mariadb.start()
if (typeof server === 'string') {
  test.skip(`MariaDB: ${server}`, () => undefined)
} else {
  test.after.always(() => server.dispose())
  testFaults('MariaDB', server, async (admin) => {
    const [rows] = (await admin.raw(
      "select id from information_schema.processlist where user = 'root' and id <> connection_id()",
    )) as [{ id: number }[]]
    for (const { id } of rows) await admin.raw('kill ?', [id]).catch(() => undefined)
  })
}
