import type { LeaseTable } from '../engines/leases.ts'
import { type Commands, isOne } from './commands.ts'
import { LOCK, RELEASE, RENEW } from './scripts.ts'

/** A key for each lock that is held: who has it. The server forgets it when the lease is over. */
export class LockKeys implements LeaseTable {
  readonly longestPause = 64
  readonly #commands: Commands

  constructor(commands: Commands) {
    this.#commands = commands
  }

  async take(key: string, token: string, lease: number): Promise<boolean> {
    return isOne(await this.#commands.run('lock', LOCK, key, [token, milliseconds(lease)]))
  }

  async renew(key: string, token: string, lease: number): Promise<boolean> {
    return isOne(await this.#commands.run('lock', RENEW, key, [token, milliseconds(lease)]))
  }

  async release(key: string, token: string): Promise<void> {
    await this.#commands.run('lock', RELEASE, key, [token])
  }
}

const milliseconds = (lease: number): string => String(Math.max(1, Math.ceil(lease)))
