import { chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { Postgres } from '../../servers/postgres.ts'
import { ask } from '../../proof/client.ts'
import { testFaults } from './faults.ts'
import { Load } from './load.ts'

const server = await Postgres.start()
if (typeof server === 'string') test.skip(`PostgreSQL: ${server}`, () => undefined)
else declare(server)

function declare(server: Postgres): void {
  test.after.always(() => server.dispose())

  testFaults('PostgreSQL', server, async (admin) => {
    await admin.raw('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()')
  })

  test.serial('PostgreSQL takes no writes for a while', async (t) => {
    const load = await Load.start(t, server.connect())
    const admin = server.connect({ max: 1 })
    const readOnly = async (state: 'on' | 'off'): Promise<void> => {
      await admin.raw('set default_transaction_read_only = off')
      await admin.raw(`alter system set default_transaction_read_only = ${state}`)
      await admin.raw('select pg_reload_conf()')
    }
    await readOnly('on')
    await pause(500)
    t.like(await ask(load.url, '/start'), { status: 503, body: { code: 'ERR_STORE_UNAVAILABLE' } })
    await readOnly('off')
    await admin.destroy()
    const statuses = await load.check(t, performance.now())
    t.true(statuses[503]! > 0)
    t.log(statuses)
  })

  test.serial('PostgreSQL is a standby in recovery, and is promoted', async (t) => {
    const load = await Load.start(t, server.connect())
    await server.kill()
    const data = join(server.folder, 'data')
    const signal = join(data, 'standby.signal')
    writeFileSync(signal, '')
    chownSync(signal, statSync(data).uid, statSync(data).gid)
    await server.start()
    await pause(300)
    // What there is can be read.
    t.is((await ask(load.url, '/data')).status, 200)
    t.like(await ask(load.url, '/start'), { status: 503, body: { code: 'ERR_STORE_UNAVAILABLE' } })
    const admin = server.connect({ max: 1 })
    await admin.raw('select pg_promote()')
    await admin.destroy()
    const statuses = await load.check(t, performance.now())
    t.true(statuses[503]! > 0)
    t.log(statuses)
  })
}
