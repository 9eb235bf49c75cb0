// Installs the dependencies when they are missing or older than the lockfile, so that every
// script of package.json works from a fresh clone.
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
// Says what goes wrong, also when it is called by a silent npm.
const npm = (command) =>
  spawnSync(`npm ${command} --no-audit --no-fund --loglevel=error`, { stdio: 'inherit', shell: true })
    .status ?? 1

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  process.exitCode = npm('ci')
}
