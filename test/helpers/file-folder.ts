import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { FileStore } from '../../src/stores/file/index.ts'
import type { FileStoreOptions } from '../../src/stores/file/index.ts'
import type { Limits } from '../../src/stores/file/settings.ts'

/** A new folder, removed when the test has ended. */
export function newFolder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'file-store-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A store on the folder, closed when the test has ended. It sweeps only when told to. */
export function openStore(
  t: ExecutionContext,
  dir: string,
  options: Partial<FileStoreOptions> = {},
  limits: Partial<Limits> = {},
): FileStore {
  const store = new FileStore({ dir, sweepInterval: false, ...options }, limits)
  t.teardown(() => store.close())
  return store
}

/** Makes a record, and returns its version. */
export async function create(store: FileStore, id: string, data: string, expiresAt: number): Promise<string> {
  const made = await store.set(id, data, expiresAt, 'absent')
  if (!made.ok) throw new Error('There is a record already')
  return made.version
}

/** An id as the middleware makes them. */
export function idOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** Where the record of such an id is kept. */
export function fileOf(dir: string, id: string): string {
  const name = Buffer.from(id, 'base64url').toString('hex')
  return join(dir, name.slice(0, 2), name)
}

/** The paths of all files and links below the folder, relative to it. */
export function filesIn(dir: string): string[] {
  const names = readdirSync(dir, { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
}

export function modeOf(path: string): number {
  return statSync(path).mode & 0o7777
}

/** Starts a compiled script that lies beside the tests of the file store. */
export function startWorker(t: ExecutionContext, name: string, ...args: string[]): ChildProcess {
  const script = new URL(`../stores/file/${name}.js`, import.meta.url)
  const worker = fork(script, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  t.teardown(() => worker.kill('SIGKILL'))
  return worker
}

/** What the worker says next. */
export async function messageFrom(worker: ChildProcess): Promise<unknown> {
  const [message] = await once(worker, 'message')
  return message as unknown
}

/** Resolves when the condition has come true; the test runner's limit is the only one. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2))
}
