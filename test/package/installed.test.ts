// The package as users get it: packed, installed in a folder of its own, compiled and run there.
import test from 'ava'
import { compileAndRun, type Mode, write } from './compile.ts'
import { exec, install, type Installed } from './install.ts'
import { DYNAMIC, IMPORTING, REQUIRING } from './programs.ts'

let installed: Installed
test.before(async (t) => {
  t.timeout(120_000)
  installed = await install()
})
test.after.always(() => installed?.remove())

test('ESM imports every entry', async (t) => {
  const folder = await write(installed, 'importing', { 'program.mjs': IMPORTING })
  t.is((await exec(process.execPath, ['program.mjs'], folder)).output, 'persist 20 true true\n')
})

test('CommonJS requires every entry, from Node 20.19 on', async (t) => {
  const folder = await write(installed, 'requiring', { 'program.cjs': REQUIRING })
  const { output } = await exec(process.execPath, ['--no-warnings', 'program.cjs'], folder)
  t.is(output, 'persist 20 true true\n')
})

/** What TypeScript says of an `import` in a CommonJS file, where it takes `require` of ESM for impossible. */
const REFUSED = /error TS1479/

const MODES: readonly Mode[] = [
  ['module', 'node16'],
  ['module', 'node18'],
  ['module', 'nodenext'],
  ['module', 'preserve'],
  ['commonjs', 'commonjs'],
  ['commonjs', 'nodenext'],
  ['commonjs', 'node16', REFUSED],
  ['commonjs', 'node18', REFUSED],
  ['commonjs', 'node16', undefined, DYNAMIC],
]

for (const mode of MODES) {
  const [type, module, refused, program] = mode
  const what = program === undefined ? 'import' : 'import()'
  test(`TypeScript, "type": "${type}", module ${module}: ${what} ${refused ? 'is refused' : 'works'}`, async (t) => {
    t.timeout(60_000)
    const said = await compileAndRun(installed, mode)
    if (refused) t.regex(said, refused)
    else t.is(said, '1 view, 1000 ms, sid=\n')
  })
}
