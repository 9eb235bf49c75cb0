import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { LockTimeoutError, StoreUnavailableError } from '../../src/errors.ts'
import type {
  Capabilities,
  Condition,
  Lock,
  LockOptions,
  SetResult,
  Store,
  Stored,
  SweepOptions,
  SweepResult,
} from '../../src/stores/store.ts'
import { lineOf } from './hub.ts'
import type { Call, Reply } from './hub.ts'

interface Pending {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** The records of a hub, from any process: the reference for what several processes must see. */
export class RemoteStore implements Store {
  readonly capabilities: Capabilities = {
    atomic: true,
    shared: true,
    durable: true,
    expires: true,
    lock: true,
  }
  readonly port: number
  readonly #socket: Socket
  readonly #pending: Map<number, Pending> = new Map()
  #calls = 0
  #closed = false

  constructor(port: number) {
    this.port = port
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true)
    this.#socket.on('error', () => {}).on('close', () => this.#lose())
    createInterface(this.#socket)
      .on('error', () => {})
      .on('line', (line) => this.#hear(JSON.parse(line)))
  }

  async get(id: string): Promise<Stored | undefined> {
    return this.call({ do: 'get', id })
  }

  async set(id: string, data: string, expiresAt: number, when: Condition): Promise<SetResult> {
    return this.call({ do: 'set', id, data, expiresAt, when })
  }

  async touch(id: string, expiresAt: number, version: string): Promise<boolean> {
    return this.call({ do: 'touch', id, expiresAt, version })
  }

  async delete(id: string): Promise<boolean> {
    return this.call({ do: 'delete', id })
  }

  async sweep({ limit }: SweepOptions = {}): Promise<SweepResult> {
    return this.call({ do: 'sweep', limit })
  }

  async lock(id: string, { wait, lease }: LockOptions): Promise<Lock> {
    const lock: number = await this.call({ do: 'lock', id, wait, lease })
    return {
      renew: () => this.call({ do: 'renew', lock }),
      release: async () => void (await this.call({ do: 'release', lock })),
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const closed = once(this.#socket, 'close')
    this.#socket.end()
    this.#lose()
    await closed
  }

  protected call<T>(call: Call): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new StoreUnavailableError('The store is closed.', { outcome: 'none' }))
      this.#calls += 1
      this.#pending.set(this.#calls, { resolve, reject })
      return this.#socket.write(lineOf({ number: this.#calls, call }))
    })
  }

  #hear({ number, value, timeout }: Reply): void {
    const pending = this.#pending.get(number)
    this.#pending.delete(number)
    if (timeout === undefined) pending?.resolve(value)
    else pending?.reject(new LockTimeoutError('The lock was not free in time.', timeout))
  }

  #lose(): void {
    for (const { reject } of this.#pending.values()) {
      reject(new StoreUnavailableError('The connection was lost.', { outcome: 'unknown' }))
    }
    this.#pending.clear()
  }
}
