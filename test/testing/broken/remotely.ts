import { setTimeout as pause } from 'node:timers/promises'
import { MemoryStore } from '../../../src/stores/memory.ts'
import type { Condition, Lock, LockOptions, SetResult } from '../../../src/stores/store.ts'
import { RemoteStore } from '../remote-store.ts'

/** Checks the condition or the version, then writes whatever has happened since. */
class ReadThenWrite extends RemoteStore {
  override async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    const before = await this.get(id)
    const holds =
      typeof when === 'object'
        ? before?.version === when.version
        : (when === 'present') === (before !== undefined)
    if (!holds) return { ok: false, current: before }
    await pause(1)
    const updated = await super.set(id, data, expiresAt, 'present')
    return updated.ok ? updated : super.set(id, data, expiresAt, 'absent')
  }

  override async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    if ((await this.get(id))?.version !== version) return false
    await pause(1)
    const now = await this.get(id)
    return now !== undefined && super.touch(id, expiresAt, now.version)
  }
}

/** Its locks hold in one process. */
class LockAlone extends RemoteStore {
  readonly #locks = new MemoryStore()

  override lock(id: string, options: LockOptions): Promise<Lock> {
    return this.#locks.lock(id, options)
  }
}

/** Nobody hears of the end of its process, nor of that of the lease. */
class LockForever extends RemoteStore {
  override lock(id: string, { wait }: LockOptions): Promise<Lock> {
    return super.lock(id, { wait, lease: 3_600_000 })
  }
}

/** Something goes on after close. */
class NeverEnds extends RemoteStore {
  override async close(): Promise<void> {
    setInterval(() => {}, 1_000)
    await super.close()
  }
}

export const remotelyBroken = { ReadThenWrite, LockAlone, LockForever, NeverEnds }
