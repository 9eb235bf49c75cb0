import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export const COMPILER: string = join(ROOT, 'node_modules/typescript/bin/tsc')

/** What users have beside the package. Linked, so that nothing is asked of a registry. */
const NEIGHBOURS = ['koa', '@types/koa', '@types/node', 'fs-extra']

/** The package, installed in a folder of its own. */
export interface Installed {
  readonly folder: string
  /** Installs more, from the registry. */
  add: (...packages: readonly string[]) => Promise<void>
  remove: () => Promise<void>
}

/** Packs the package as it is compiled, and installs it. */
export async function install(): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'installed-'))
  const dependencies = Object.fromEntries(
    NEIGHBOURS.map((name) => [name, `file:${join(ROOT, 'node_modules', name)}`]),
  )
  const manifest = { name: 'user', private: true, dependencies, overrides: { 'fs-extra': '$fs-extra' } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  const packed = await npm(ROOT, 'pack', '--silent', '--ignore-scripts', '--pack-destination', folder)
  const tarball = `./${packed.trim().split('\n').at(-1)}`
  await npm(folder, 'install', '--offline', '--no-save', '--ignore-scripts', tarball)
  return {
    folder,
    add: async (...packages) =>
      void (await npm(folder, 'install', '--no-save', '--ignore-scripts', tarball, ...packages)),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function npm(folder: string, ...args: readonly string[]): Promise<string> {
  const { failed, output } = await exec('npm', [...args, '--no-audit', '--no-fund'], folder)
  if (failed) throw new Error(`npm ${args.join(' ')}: ${output}`)
  return output
}

/** Runs a program to its end. */
export function exec(
  file: string,
  args: readonly string[],
  cwd: string,
): Promise<{ failed: boolean; output: string }> {
  // The variables of AVA and of npm's scripts would say where things are here, not there.
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env, timeout: 300_000 }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    )
  })
}
