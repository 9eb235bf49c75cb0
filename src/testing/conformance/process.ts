import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Condition, SetResult, Stored } from '../../stores/store.ts'
import type { Trial } from './trial.ts'

/** What another process is told to do with its store. */
export type Order =
  | { do: 'open'; module: string; name: string; argument: unknown }
  | { do: 'get'; id: string }
  | { do: 'delete'; id: string }
  | { do: 'set'; id: string; data: string; expiresAt: number; when: Condition }
  | { do: 'touch'; id: string; expiresAt: number; version: string }
  | { do: 'increment'; id: string; times: number }
  | { do: 'incrementUnderLock'; id: string; times: number }
  | { do: 'lock'; id: string; wait: number; lease: number }
  | { do: 'renew' }
  | { do: 'close' }

/** What comes back. */
export type Outcome<O extends Order> = O extends { do: 'get' }
  ? Stored | undefined
  : O extends { do: 'set' }
    ? SetResult
    : O extends { do: 'touch' | 'delete' | 'renew' }
      ? boolean
      : undefined

export interface Answer<T> {
  readonly number: number
  readonly value?: T
  readonly error?: string | undefined
}

// Beside the compiled files it ends in `.js`, beside the sources in `.ts`.
const WORKER = new URL(`../worker${import.meta.url.slice(-3)}`, import.meta.url)

/** Another process with a store on the same place. */
export class StoreProcess {
  readonly #child: ChildProcess
  readonly #waiting: Map<number, (answer: Answer<never>) => void> = new Map()
  #orders = 0

  private constructor() {
    this.#child = fork(WORKER, { serialization: 'advanced', stdio: 'inherit' })
    this.#child.on('message', (answer: Answer<never>) => {
      this.#waiting.get(answer.number)?.(answer)
      this.#waiting.delete(answer.number)
    })
    this.#child.on('exit', (code, signal) => this.#fail(`the process ended with ${signal ?? code}`))
    this.#child.on('error', (error) => this.#fail(String(error)))
  }

  static async open({ options, store }: Trial): Promise<StoreProcess> {
    const { module, export: name = 'default' } = options.processes!
    const opened = new StoreProcess()
    try {
      await opened.tell({
        do: 'open',
        module: String(module),
        name,
        argument: options.processes!.argument?.(store),
      })
    } catch (error) {
      await opened.kill()
      throw error
    }
    return opened
  }

  /** Resolves to what the store answered there; rejects when it failed. */
  async tell<O extends Order>(order: O): Promise<Outcome<O> | undefined> {
    this.#orders += 1
    const number = this.#orders
    const answer = await new Promise<Answer<Outcome<O>>>((resolve) => {
      this.#waiting.set(number, resolve)
      this.#child.send({ number, order })
    })
    assert.equal(answer.error, undefined, `in another process: ${answer.error}`)
    return answer.value
  }

  /** Closes the store there; resolves when the process has ended by itself. */
  async close(): Promise<void> {
    const ended = this.#ended()
    this.#child.send({ number: 0, order: { do: 'close' } satisfies Order })
    await ended
  }

  /** As `kill -9`. */
  async kill(): Promise<void> {
    const ended = this.#ended()
    this.#child.kill('SIGKILL')
    await ended
  }

  #fail(error: string): void {
    for (const [number, answer] of this.#waiting) answer({ number, error })
    this.#waiting.clear()
  }

  async #ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
  }
}

/** Runs `use` with so many other processes, and ends them afterwards, whatever happened. */
export async function withProcesses(
  trial: Trial,
  count: number,
  use: (processes: readonly StoreProcess[]) => Promise<void>,
): Promise<void> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => StoreProcess.open(trial)))
  const processes = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const killAll = async (): Promise<void> => {
    await Promise.all(processes.map((process) => process.kill()))
  }
  trial.atEnd(killAll)
  try {
    const failed = opened.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    await use(processes)
  } finally {
    await killAll()
  }
}
