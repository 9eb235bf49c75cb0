import { LockTimeoutError, StoreUnavailableError } from '../../errors.ts'
import { LONGEST_TIMER } from '../../maybe-promise.ts'
import { generateToken } from '../../token.ts'
import type { Lock, LockOptions } from '../store.ts'
import { type Commands, isOne } from './commands.ts'
import { LOCK, RELEASE, RENEW } from './scripts.ts'

/** How long to wait before asking for a lock again, in milliseconds: twice as long each time, with full jitter. */
const SHORTEST_PAUSE = 8
const LONGEST_PAUSE = 64

/** Those of this process who want the same lock. The first of them asks the server, the others wait for their turn. */
interface Line {
  readonly turns: (() => void)[]
  /** Makes the first one ask again at once. */
  wake: () => void
}

/** Locks that hold across processes; those who wait in one process are served in order. */
export class Locks {
  readonly #commands: Commands
  readonly #lines: Map<string, Line> = new Map()
  #closed = false

  constructor(commands: Commands) {
    this.#commands = commands
  }

  async acquire(key: string, { wait, lease }: LockOptions): Promise<Lock> {
    const until = performance.now() + wait
    const refuse = (): Error =>
      new LockTimeoutError(`The lock was not free within ${wait} ms.`, Math.max(1, Math.ceil(wait / 1_000)))
    const line = await this.#join(key, until, refuse)
    try {
      const token = generateToken()
      const ms = String(Math.max(1, Math.ceil(lease)))
      for (let pause = SHORTEST_PAUSE; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
        if (await this.#take(key, token, ms)) return this.#held(key, token, ms)
        const left = until - performance.now()
        if (left <= 0) throw refuse()
        await rest(line, Math.min(left, Math.random() * pause))
      }
    } finally {
      this.#leave(key, line)
    }
  }

  close(): void {
    this.#closed = true
    for (const { turns, wake } of this.#lines.values()) {
      wake()
      for (const turn of turns) turn()
    }
  }

  async #join(key: string, until: number, refuse: () => Error): Promise<Line> {
    const line = this.#lines.get(key)
    if (!line) {
      const own: Line = { turns: [], wake: () => {} }
      this.#lines.set(key, own)
      return own
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        line.turns.splice(line.turns.indexOf(turn), 1)
        reject(refuse())
      }
      const timer = setTimeout(giveUp, Math.min(LONGEST_TIMER, until - performance.now()))
      const turn = (): void => {
        clearTimeout(timer)
        resolve()
      }
      line.turns.push(turn)
    })
    return line
  }

  #leave(key: string, line: Line): void {
    const next = line.turns.shift()
    if (next) next()
    else this.#lines.delete(key)
  }

  async #take(key: string, token: string, lease: string): Promise<boolean> {
    if (this.#closed) throw new StoreUnavailableError('The store was closed.', { outcome: 'none' })
    try {
      return isOne(await this.#commands.run('lock', LOCK, key, [token, lease]))
    } catch (error) {
      // It may be ours all the same, and nobody would know.
      this.#commands.run('lock', RELEASE, key, [token]).catch(() => {})
      throw error
    }
  }

  #held(key: string, token: string, lease: string): Lock {
    let released = false
    return {
      renew: async () => !released && isOne(await this.#commands.run('lock', RENEW, key, [token, lease])),
      release: async () => {
        if (released) return
        released = true
        await this.#commands.run('lock', RELEASE, key, [token])
        this.#lines.get(key)?.wake()
      },
    }
  }
}

function rest(line: Line, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    line.wake = () => {
      clearTimeout(timer)
      resolve()
    }
  })
}
