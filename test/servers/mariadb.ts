import { existsSync } from 'node:fs'
import { join } from 'node:path'
import knex, { type Knex } from 'knex'
import { DatabaseServer, folderOf, freePort, missing, runAs, userOf } from './database-server.ts'

const SERVER = '/usr/sbin/mariadbd'
const INSTALLER = '/usr/bin/mariadb-install-db'

export class Mariadb extends DatabaseServer {
  /** A running server, or why there is none. */
  static async start(): Promise<Mariadb | string> {
    if (!existsSync(SERVER) || !existsSync(INSTALLER)) return missing('MariaDB')
    const user = userOf('mysql', 'nobody')
    const folder = folderOf(user)
    const data = `--datadir=${join(folder, 'data')}`
    const options = ['--no-defaults', data, '--auth-root-authentication-method=normal', '--skip-test-db']
    runAs(user, INSTALLER, options, folder)
    const server = new Mariadb(folder, await freePort(), user)
    await server.start()
    const database = server.#open('mysql')
    await database.raw('create database sessions')
    await database.destroy()
    return server
  }

  /** Connections of a pool of their own. */
  connect(pool: Knex.PoolConfig = {}): Knex {
    return this.#open('sessions', pool)
  }

  #open(database: string, pool: Knex.PoolConfig = {}): Knex {
    return knex({
      client: 'mysql2',
      connection: { host: '127.0.0.1', port: this.port, user: 'root', database },
      pool: { min: 0, max: 10, ...pool },
      // Knex tells each broken connection to the console.
      log: { warn: () => undefined },
    })
  }

  protected command(extra: readonly string[]): readonly [string, ...string[]] {
    return [
      SERVER,
      '--no-defaults',
      `--datadir=${join(this.folder, 'data')}`,
      `--socket=${join(this.folder, 'socket')}`,
      `--pid-file=${join(this.folder, 'pid')}`,
      `--port=${this.port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=2',
      '--max-connections=200',
      ...extra,
    ]
  }

  protected async ping(): Promise<void> {
    const database = this.#open('mysql', { max: 1 })
    try {
      await database.raw('select 1')
    } finally {
      await database.destroy()
    }
  }
}
