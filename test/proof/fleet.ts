import { type ChildProcess, fork, type ForkOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SessionOptions } from '../../src/index.ts'

export interface ServerOptions extends Pick<SessionOptions, 'concurrency'> {
  /** The folder of the sessions. */
  readonly dir: string
}

/** A process with a Koa server in it. */
export class Server {
  readonly process: ChildProcess
  readonly url: string

  private constructor(child: ChildProcess, port: number) {
    this.process = child
    this.url = `http://127.0.0.1:${port}`
  }

  static async start(options: ServerOptions, how: ForkOptions = {}): Promise<Server> {
    const child = startProcess('server', [JSON.stringify(options)], how)
    const [port] = (await Promise.race([once(child, 'message'), failed(child)])) as [number]
    return new Server(child, port)
  }

  /** `kill -9`; resolves when the process is gone. */
  async kill(): Promise<void> {
    await kill(this.process)
  }
}

/** Starts a program that lies beside this one. */
export function startProcess(name: string, args: string[], how: ForkOptions = {}): ChildProcess {
  return fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), args, how)
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number]
  throw new Error(`The server could not be started: exit code ${code}.`)
}

/** Several servers on one folder, for as long as `work` takes. */
export async function withFleet<T>(
  count: number,
  options: Omit<ServerOptions, 'dir'>,
  work: (servers: Server[], dir: string) => Promise<T>,
): Promise<T> {
  return withFolder(async (dir) => {
    const servers: Server[] = []
    try {
      const started = Array.from({ length: count }, () => Server.start({ dir, ...options }))
      servers.push(...(await Promise.all(started)))
      return await work(servers, dir)
    } finally {
      await Promise.all(servers.map((server) => server.kill()))
    }
  })
}

/** A new folder, for as long as `work` takes. */
export async function withFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'proof-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
