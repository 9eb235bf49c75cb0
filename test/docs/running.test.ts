import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { type Block, blocksOf, PAGES, ROOT, TOPICS } from './pages.ts'

// The first block of each page runs, and so does every block that prints something at once.

/** Pages whose first block needs a server, takes a test runner, or is a part of a program. */
const NOT_ALONE = new Set([
  'docs/redis.md', // fleet-redis.ts runs it
  'docs/adapters.md', // as the tests of the adapters do
  'docs/sql.md', // sql-store.ts runs it
  'docs/architecture.md', // follows a request through a part
  'docs/demo.md', // listens to an application that is there
])

const isProgram = ({ code }: Block): boolean =>
  /^import .* from '/m.test(code) && !/\b(app|ctx)\b(?=[.,)])/.test(code.split(/^const app\b/m)[0]!)
const prints = ({ code }: Block): boolean => /^console\.log\(/m.test(code)

const firsts = TOPICS.filter(({ path }) => !NOT_ALONE.has(path)).map((page) => blocksOf('ts', [page])[0]!)
const printing = blocksOf(
  'ts',
  PAGES.filter(({ path }) => path !== 'CHANGELOG.md'),
).filter(
  (block) =>
    prints(block) &&
    isProgram(block) &&
    !firsts.some(({ page, line }) => page.path === block.page.path && line === block.line),
)
const programs = [
  ...firsts,
  ...blocksOf(
    'ts',
    PAGES.filter(({ path }) => path === 'README.md'),
  ).slice(0, 2),
  ...printing,
]

/** Below the compiled tests, so that the package's own name leads to the package. */
const FOLDER = fileURLToPath(new URL('../../snippets/running/', import.meta.url))
const PRELOADED = new URL('run-snippet.js', import.meta.url).href
const nameOf = ({ page, line }: Block): string => `${page.path.replaceAll(/[/.]/g, '-')}-${line}`

/** What the lines that print say they print: the comment behind each. */
const promisedBy = ({ code }: Block): string[] =>
  [...code.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, said]) => said!)

test.before((t) => {
  t.timeout(120_000)
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const compilerOptions = {
    outDir: '.',
    rootDir: '.',
    noUnusedLocals: false,
    sourceMap: false,
    noCheck: true,
  }
  writeFileSync(
    `${FOLDER}tsconfig.json`,
    JSON.stringify({ extends: `${ROOT}test/tsconfig.json`, compilerOptions, include: ['*.ts'] }),
  )
  for (const block of programs) writeFileSync(`${FOLDER}${nameOf(block)}.ts`, block.code)
  const compiler = `${ROOT}node_modules/typescript/bin/tsc`
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', FOLDER, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  t.is(status, 0, stdout)
})

const cwd = mkdtempSync(join(tmpdir(), 'running-'))
symlinkSync(`${ROOT}node_modules`, join(cwd, 'node_modules'))
test.after.always(() => rmSync(cwd, { recursive: true, force: true }))

for (const block of programs) {
  test(`the program in ${block.page.path}, line ${block.line}, runs`, async (t) => {
    t.timeout(60_000)
    const { failed, stdout, stderr } = await run(`${FOLDER}${nameOf(block)}.js`)
    t.false(failed, stdout + stderr)
    if (block.code.includes('.listen(')) t.regex(stderr, /answered with [1-4]/)
    const promised = promisedBy(block)
    if (promised.length > 0) t.deepEqual(stdout.trimEnd().split('\n').slice(0, promised.length), promised)
  })
}

test('a program that fails would be noticed', async (t) => {
  writeFileSync(`${FOLDER}wrong.js`, "import { session } from 'koa-session-pipeline'\nsession({})\n")
  t.true((await run(`${FOLDER}wrong.js`)).failed)
})

function run(program: string): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--import', PRELOADED, program],
      { cwd, timeout: 30_000 },
      (error, stdout, stderr) => resolve({ failed: error !== null, stdout, stderr }),
    )
  })
}
