import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Why there is no server; where `CI` is true there has to be one. */
export function missing(program: string): string {
  const reason = `${program} is not installed`
  if (process.env['CI'] === 'true') throw new Error(`${reason}, and CI leaves no test out.`)
  return reason
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Whom a server works as: databases refuse to be root. */
export interface User {
  readonly uid?: number
  readonly gid?: number
}

export function userOf(...names: string[]): User {
  if (process.getuid?.() !== 0) return {}
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of names) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  return {}
}

export function folderOf(user: User): string {
  const folder = mkdtempSync(join(tmpdir(), 'database-'))
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!)
  return folder
}

export function runAs(user: User, program: string, args: readonly string[], cwd: string): void {
  execFileSync(program, args, { ...user, cwd, stdio: ['ignore', 'ignore', 'pipe'] })
}

/** A server of this test alone, on a port of its own; it ends with the test's process. */
export abstract class DatabaseServer {
  readonly folder: string
  readonly port: number
  readonly #user: User
  #process: ChildProcess | undefined

  constructor(folder: string, port: number, user: User) {
    this.folder = folder
    this.port = port
    this.#user = user
    process.on('exit', () => this.#signal('SIGKILL'))
  }

  get #runs(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null
  }

  protected abstract command(extra: readonly string[]): readonly [program: string, ...args: string[]]
  /** Rejects while the server does not answer. */
  protected abstract ping(): Promise<void>

  /** Resolves when it answers. */
  async start(...extra: string[]): Promise<void> {
    const [program, ...args] = this.command(extra)
    for (let tries = 0; ; tries += 1) {
      const child = spawn(program, args, { ...this.#user, cwd: this.folder, stdio: 'ignore' })
      this.#process = child
      const ended = once(child, 'exit').then(() => false)
      if (await Promise.race([this.#answers(), ended])) return
      // What a killed one held may take a moment to be free.
      if (tries === 20) throw new Error(`${program} does not start.`)
      await pause(100)
    }
  }

  async #answers(): Promise<boolean> {
    while (this.#runs) {
      try {
        await this.ping()
        return true
      } catch {
        await pause(5)
      }
    }
    return false
  }

  /** As a power cut does, without losing what the kernel has. */
  async kill(): Promise<void> {
    if (!this.#runs) return
    const ended = once(this.#process!, 'exit')
    this.#signal('SIGKILL')
    await ended
  }

  freeze(): void {
    this.#signal('SIGSTOP')
  }

  thaw(): void {
    this.#signal('SIGCONT')
  }

  async dispose(): Promise<void> {
    await this.kill()
    // Its last children may still be writing.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  /** To the server and its children, each by its number. */
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid
    if (pid === undefined || !this.#runs) return
    for (const number of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(number, signal)
      } catch {
        // It has just ended.
      }
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return list.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
