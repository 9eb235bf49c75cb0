import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { MemoryStore } from '../../src/stores/memory.ts'
import type { Condition, Lock } from '../../src/stores/store.ts'

export type Call =
  | { do: 'get' | 'delete'; id: string }
  | { do: 'set'; id: string; data: string; expiresAt: number; when: Condition }
  | { do: 'touch'; id: string; expiresAt: number; version: string }
  | { do: 'lock'; id: string; wait: number; lease: number }
  | { do: 'renew' | 'release'; lock: number }
  | { do: 'sweep'; limit?: number | undefined }

export interface Reply {
  readonly number: number
  readonly value: never
  readonly timeout?: number
}

/** `readline` takes the line separators of Unicode for line ends. */
export const lineOf = (value: unknown): string =>
  `${JSON.stringify(value).replaceAll(/[\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16)}`)}\n`

/**
 * A memory store that several processes reach over a socket, a line of JSON for each call. The locks
 * of a process that died last as long as their lease.
 */
export class Hub {
  readonly store: MemoryStore
  readonly #server: Server
  readonly #locks: Lock[] = []
  readonly #sockets: Set<Socket> = new Set()

  constructor(clock: () => number) {
    this.store = new MemoryStore({ clock })
    this.#server = createServer((socket) => this.#serve(socket))
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    assert.ok(typeof address === 'object' && address !== null)
    return address.port
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    this.store.close()
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setNoDelay(true).on('error', () => {})
    createInterface(socket)
      .on('error', () => {})
      .on('line', (line) => {
        const { number, call }: { number: number; call: Call } = JSON.parse(line)
        void this.#answer(call).then(
          (value) => socket.write(lineOf({ number, value })),
          () => socket.write(lineOf({ number, timeout: 1 })),
        )
      })
  }

  async #answer(call: Call): Promise<unknown> {
    switch (call.do) {
      case 'get':
        return this.store.get(call.id)
      case 'delete':
        return this.store.delete(call.id)
      case 'set':
        return this.store.set(call.id, call.data, call.expiresAt, call.when)
      case 'touch':
        return this.store.touch(call.id, call.expiresAt, call.version)
      case 'sweep':
        return this.store.sweep({ limit: call.limit ?? Infinity })
      case 'lock': {
        const lock = await this.store.lock(call.id, call)
        return this.#locks.push(lock) - 1
      }
      case 'renew':
        return this.#locks[call.lock]!.renew()
      default:
        return this.#locks[call.lock]!.release()
    }
  }
}
