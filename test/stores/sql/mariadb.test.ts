import { Mariadb } from '../../servers/mariadb.ts'
import { testServer } from './conformance.ts'

await testServer('MariaDB', await Mariadb.start())
