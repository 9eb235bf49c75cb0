import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Concurrency } from '../../src/index.ts'

/** The ways of reconciling requests; those that lock wait for all that are before them. */
export const MODES = {
  merge: 'merge',
  'last-write': 'last-write',
  lock: { mode: 'lock', wait: '2m', maxWaiters: 100_000 },
} as const satisfies Record<string, Concurrency>

export type Mode = keyof typeof MODES

/** A process with Koa servers on the sessions of one folder. */
export class Server {
  readonly process: ChildProcess
  readonly urls: Readonly<Record<Mode, string>>

  private constructor(child: ChildProcess, urls: Readonly<Record<Mode, string>>) {
    this.process = child
    this.urls = urls
  }

  /** `user`: whom the server works as, when this process is root. */
  static async start(dir: string, user?: number): Promise<Server> {
    const child = startProcess('server', user === undefined ? [dir] : [dir, String(user)])
    const [urls] = (await Promise.race([once(child, 'message'), failed(child)])) as [Server['urls']]
    return new Server(child, urls)
  }

  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void> {
    return kill(this.process)
  }
}

/** Starts a program that lies beside this one. */
export function startProcess(name: string, args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), args)
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number]
  throw new Error(`The server could not be started: exit code ${code}.`)
}

/** Several servers on one folder, for as long as `work` takes; `work` may put others in their place. */
export async function withFleet<T>(
  count: number,
  work: (servers: Server[], dir: string) => Promise<T>,
): Promise<T> {
  return withFolder(async (dir) => {
    const servers: Server[] = []
    try {
      servers.push(...(await Promise.all(Array.from({ length: count }, () => Server.start(dir)))))
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
