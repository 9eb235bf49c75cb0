import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import type { Knex } from 'knex'
import type { DatabaseServer } from '../../servers/database-server.ts'
import { Load } from './load.ts'

export type Server = DatabaseServer & { connect(pool?: Knex.PoolConfig): Knex }

/** What can happen to any server, in the middle of load. `cut` ends all connections but its own. */
export function testFaults(name: string, server: Server, cut: (knex: Knex) => Promise<void>): void {
  test.serial(`${name} is killed and restarted`, async (t) => {
    const load = await Load.start(t, server.connect())
    await server.kill()
    await pause(500)
    await server.start()
    const statuses = await load.check(t, performance.now())
    t.true(statuses[503]! > 0)
    t.log(statuses)
  })

  test.serial(`${name} is frozen, and goes on`, async (t) => {
    const load = await Load.start(t, server.connect())
    server.freeze()
    await pause(2_000)
    server.thaw()
    const statuses = await load.check(t, performance.now())
    t.true(statuses[503]! > 0)
    t.log(statuses)
  })

  test.serial(`${name} cuts connections, and requests do not notice`, async (t) => {
    const load = await Load.start(t, server.connect())
    const admin = server.connect({ max: 1 })
    for (let n = 0; n < 5; n += 1) {
      await cut(admin)
      await pause(100)
    }
    await admin.destroy()
    const statuses = await load.check(t, performance.now())
    const refused = load.seen.filter(({ status }) => status === 503)
    t.deepEqual(
      refused.map(({ body, ms }) => `${body.stack} after ${ms} ms`),
      [],
    )
    t.log(statuses)
  })
}
