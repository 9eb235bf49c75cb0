import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import knex, { type Knex } from 'knex'
import { DatabaseServer, folderOf, freePort, missing, runAs, userOf } from './database-server.ts'

/** Debian has the programs of the server outside of the path. */
const BINARIES = '/usr/lib/postgresql'

function binaries(): string | undefined {
  if (!existsSync(BINARIES)) return undefined
  const newest = readdirSync(BINARIES).toSorted((a, b) => Number(b) - Number(a))
  return newest
    .map((version) => join(BINARIES, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')))
}

export class Postgres extends DatabaseServer {
  readonly #bin: string

  private constructor(bin: string, folder: string, port: number, user: object) {
    super(folder, port, user)
    this.#bin = bin
  }

  /** A running server, or why there is none. */
  static async start(): Promise<Postgres | string> {
    const bin = binaries()
    if (bin === undefined) return missing('PostgreSQL')
    const user = userOf('postgres', 'nobody')
    const folder = folderOf(user)
    const options = ['-A', 'trust', '-U', 'test', '-E', 'UTF8', '--no-locale', '--no-sync']
    runAs(user, join(bin, 'initdb'), ['-D', join(folder, 'data'), ...options], folder)
    const server = new Postgres(bin, folder, await freePort(), user)
    await server.start()
    return server
  }

  /** Connections of a pool of their own. */
  connect(pool: Knex.PoolConfig = {}): Knex {
    return knex({
      client: 'pg',
      connection: { host: '127.0.0.1', port: this.port, user: 'test', database: 'postgres' },
      pool: { min: 0, max: 10, ...pool },
      // Knex tells each broken connection to the console.
      log: { warn: () => undefined },
    })
  }

  protected command(extra: readonly string[]): readonly [string, ...string[]] {
    const settings = ['listen_addresses=127.0.0.1', 'max_connections=200', 'fsync=off', ...extra]
    return [
      join(this.#bin, 'postgres'),
      `-D${join(this.folder, 'data')}`,
      `-p${this.port}`,
      `-k${this.folder}`,
      ...settings.flatMap((setting) => ['-c', setting]),
    ]
  }

  protected async ping(): Promise<void> {
    const database = this.connect({ max: 1 })
    try {
      await database.raw('select 1')
    } finally {
      await database.destroy()
    }
  }
}
