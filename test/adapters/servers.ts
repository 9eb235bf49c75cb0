import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A server of our own, on a port of its own. */
export interface PrivateServer {
  readonly port: number
  stop(): Promise<void>
}

const POSTGRES = '/usr/lib/postgresql'

/** `undefined`: this machine has none, which CI does not accept. */
export async function startRedis(): Promise<PrivateServer | undefined> {
  const program = find('redis-server')
  if (program === undefined) return missing('redis-server')
  const port = await freePort()
  return start(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    port,
  })
}

/** With a database `postgres` for the user `postgres`, who needs no password. */
export async function startPostgres(): Promise<PrivateServer | undefined> {
  const versions = existsSync(POSTGRES)
    ? readdirSync(POSTGRES).map((version) => join(POSTGRES, version, 'bin'))
    : []
  const [initdb, program] = [find('initdb', versions), find('postgres', versions)]
  if (initdb === undefined || program === undefined) return missing('PostgreSQL')
  const folder = await mkdtemp(join(tmpdir(), 'sessions-pg-'))
  const user = await ordinaryUser()
  if (user !== undefined) await chown(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  await promisify(execFile)(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], {
    ...user,
    cwd: folder,
  })
  const port = await freePort()
  const listening = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F']
  return start(program, listening, { port, folder, ...user })
}

/** It refuses to run as root. */
async function ordinaryUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const id = async (flag: string): Promise<number> =>
    Number((await promisify(execFile)('id', [flag, 'postgres'])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

interface Place {
  readonly port: number
  readonly folder?: string
  readonly uid?: number
  readonly gid?: number
}

async function start(
  program: string,
  options: string[],
  { port, folder, ...user }: Place,
): Promise<PrivateServer> {
  const server = spawn(program, options, { stdio: 'ignore', cwd: folder ?? tmpdir(), ...user })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const kill = (): unknown => server.kill('SIGKILL')
  process.once('exit', kill)
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (server.exitCode !== null || tries > 200) throw new Error(`${program} does not start.`)
    await pause(50)
  }
  return {
    port,
    async stop() {
      process.off('exit', kill)
      server.kill('SIGINT')
      await ended
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

function find(program: string, folders: readonly string[] = []): string | undefined {
  const all = [...(process.env['PATH'] ?? '').split(delimiter), ...folders]
  return all.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

function missing(what: string): undefined {
  if (process.env['CI'] === 'true') throw new Error(`There is no ${what}, and CI is to test with it.`)
  return undefined
}
