import type { LeaseTable } from '../engines/leases.ts'
import type { LmdbDatabase } from './database.ts'

/** Who holds which lock, and until when by the clock of the machine, which all its processes share. */
export class LockTable implements LeaseTable {
  readonly longestPause = 50
  readonly #database: LmdbDatabase

  constructor(database: LmdbDatabase) {
    this.#database = database
  }

  async take(key: string, token: string, lease: number): Promise<boolean> {
    // A look costs nothing; a transaction waits for the disk.
    const isFree = this.#database.read('take a lock', ({ leases }) => isOver(leases.get(key)))
    if (!isFree) return false
    return this.#database.write('take a lock', ({ leases }) => {
      const held = leases.get(key)
      if (!isOver(held) && held?.token !== token) return false
      leases.putSync(key, { token, until: Date.now() + lease })
      return true
    })
  }

  renew(key: string, token: string, lease: number): Promise<boolean> {
    return this.#database.write('renew a lock', ({ leases }) => {
      if (leases.get(key)?.token !== token) return false
      leases.putSync(key, { token, until: Date.now() + lease })
      return true
    })
  }

  release(key: string, token: string): Promise<void> {
    return this.#database.write('release a lock', ({ leases }) => {
      if (leases.get(key)?.token === token) leases.removeSync(key)
    })
  }

  /** What holders that died have left lying. */
  clear(retention: number): Promise<void> {
    return this.#database.write('clear locks', ({ leases }) => {
      const old = [...leases.getRange({})].filter(({ value }) => value.until + retention < Date.now())
      for (const { key } of old) leases.removeSync(key)
    })
  }
}

function isOver(lease: { readonly until: number } | undefined): boolean {
  return lease === undefined || lease.until <= Date.now()
}
