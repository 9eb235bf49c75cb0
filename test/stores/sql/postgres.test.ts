import { Postgres } from '../../servers/postgres.ts'
import { testServer } from './conformance.ts'

await testServer('PostgreSQL', await Postgres.start())
