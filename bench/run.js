// npm run bench              all of them
// npm run bench -- races     one of them; what follows the name is its own
import { spawnSync } from 'node:child_process'

/** Those that compare with other packages need them installed, which happens here. */
const BENCHES = {
  races: 'races/index.js',
  'accounts-races': 'races/accounts.js',
  overhead: 'overhead/index.js',
  http: 'http/index.js',
  accounts: 'accounts.js',
  trace: 'trace.js',
  seal: 'seal.js',
}

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: import.meta.dirname, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const [name, ...options] = process.argv.slice(2)
if (name !== undefined && !Object.hasOwn(BENCHES, name)) {
  console.error(`Expected one of ${Object.keys(BENCHES).join(', ')}, got ${name}.`)
  process.exit(1)
}
run('../.ci/setup.js')
for (const bench of name === undefined ? Object.keys(BENCHES) : [name]) {
  console.log(`\n## ${bench}\n`)
  run(BENCHES[bench], ...options)
}
