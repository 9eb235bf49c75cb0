import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { type Block, blocksOf, ROOT } from './pages.ts'

/** What the pages take for granted in blocks that are not whole programs. */
const PRELUDE = `
import type Koa from 'koa'
import type { SessionContext } from 'koa-session-pipeline'

interface Data {
  cart?: string[]
  code?: string
  user?: string
}

declare global {
  const app: Koa
  const ctx: Koa.ParameterizedContext<Koa.DefaultState, SessionContext<Data>>
}
`

const CONFIG = {
  extends: `${ROOT}test/tsconfig.json`,
  compilerOptions: {
    noEmit: true,
    allowImportingTsExtensions: true,
    noUnusedLocals: false,
    rewriteRelativeImportExtensions: false,
    rootDir: ROOT,
  },
  // The tests that blocks import have a Koa 2 beside, without types of its own.
  include: ['*.ts', `${ROOT}test/helpers/koa2.d.ts`],
}

/** Below the compiled tests, so that the package's own name leads to the package. */
const FOLDER = fileURLToPath(new URL('../../snippets/', import.meta.url))

/** A block may say in its first line which file of the project it would be. */
const fileNamed = ({ code }: Block): string | undefined => /^\/\/ ((?:src|test)\/\S+\.ts)\n/.exec(code)?.[1]

/** As many empty lines as the page has above the block, so that messages name the line of the page. */
const snippetOf = ({ page, line }: Block): string => `${page.path.replaceAll(/[/.]/g, '-')}-${line}.ts`

/** The code, with imports that lead from the folder of the snippets to where they would lead from that file. */
function atHome(block: Block, blocks: readonly Block[]): string {
  const home = fileNamed(block)
  if (home === undefined) return block.code
  return block.code.replaceAll(/(?<= from ')\.{1,2}\/[^']+/g, (path) => {
    const target = posix.join(posix.dirname(home), path)
    const shown = blocks.find((other) => fileNamed(other) === target)
    return shown ? `./${snippetOf(shown)}` : posix.join('../../..', target)
  })
}

/** Fails with the page and line of each block that does not compile. */
function typecheck(t: ExecutionContext, name: string, blocks: readonly Block[]): void {
  const folder = `${FOLDER}${name}/`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}tsconfig.json`, JSON.stringify(CONFIG))
  writeFileSync(`${folder}prelude.ts`, PRELUDE)
  for (const block of blocks) {
    writeFileSync(folder + snippetOf(block), '\n'.repeat(block.line - 1) + atHome(block, blocks))
  }
  const compiler = `${ROOT}node_modules/typescript/bin/tsc`
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
    encoding: 'utf8',
  })
  t.is(status, 0, stdout)
}

const blocks = blocksOf('ts')
const extending = blocks.filter(({ code }) => /declare module|\/augment'/.test(code))

test('there are blocks to check', (t) => {
  t.true(blocks.length > 20)
})

test('every ts block compiles', (t) => {
  typecheck(
    t,
    'pages',
    blocks.filter((block) => !extending.includes(block)),
  )
})

for (const [index, block] of extending.entries()) {
  test(`the block that extends the types in ${block.page.path}, line ${block.line}, compiles`, (t) => {
    typecheck(t, `extending-${index}`, [block])
  })
}

test('a block with a mistake would be noticed', async (t) => {
  const mistake = { page: { path: 'made-up.md', text: '' }, line: 3, code: 'ctx.session.regenrate()\n' }
  const attempt = await t.try((inner) => typecheck(inner, 'mistake', [mistake]))
  attempt.discard()
  t.false(attempt.passed)
})
