// Installs the dependencies when they are missing or older than the lockfile, so that every
// script of package.json works from a fresh clone.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  const { status } = spawnSync('npm ci --no-audit --no-fund', { stdio: 'inherit', shell: true })
  process.exitCode = status ?? 1
}
