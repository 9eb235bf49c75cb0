import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** Whether the machine has the program. Where `CI` is true the tests that need it run, and fail. */
export function hasProgram(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    console.warn(`There is no ${program} on this machine: the tests that need one are skipped.`)
    return process.env['CI'] === 'true'
  }
}

/** A port nobody listens on, and, if so asked, none ten thousand above either, where Redis Cluster has its bus. */
export async function freePort(withBus = false): Promise<number> {
  for (;;) {
    const port = await tryPort(0)
    if (port === undefined) continue
    if (!withBus) return port
    if (port < 55_000 && (await tryPort(port + 10_000)) !== undefined) return port
  }
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  } catch {
    return undefined
  } finally {
    server.close()
  }
}

/** Ends with this process, whatever ends this one in good order. Rejects when it cannot be started. */
export async function start(program: string, args: readonly string[], cwd: string): Promise<ChildProcess> {
  const child = spawn(program, args, { cwd, stdio: 'ignore' })
  await once(child, 'spawn')
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}

/** As `kill -9`; resolves when it is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
