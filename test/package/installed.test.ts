// The package as users get it: packed, installed in a folder of its own, compiled and run there.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test from 'ava'
import { COMPILER, exec, install, type Installed } from './install.ts'
import { DYNAMIC, IMPORTING, JEST, PROGRAM, REQUIRING } from './programs.ts'

let installed: Installed
test.before(async (t) => {
  t.timeout(120_000)
  installed = await install()
})
test.after.always(() => installed?.remove())

/** Writes files below the folder, in a folder of their own, and says where that is. */
async function write(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(installed.folder, name)
  await rm(folder, { recursive: true, force: true })
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  return folder
}

test('ESM imports every entry', async (t) => {
  const folder = await write('importing', { 'program.mjs': IMPORTING })
  t.is((await exec(process.execPath, ['program.mjs'], folder)).output, 'persist 20 true true\n')
})

test('CommonJS requires every entry, from Node 20.19 on', async (t) => {
  const folder = await write('requiring', { 'program.cjs': REQUIRING })
  const { output } = await exec(process.execPath, ['--no-warnings', 'program.cjs'], folder)
  t.is(output, 'persist 20 true true\n')
})

/** What TypeScript says of an `import` in a CommonJS file, where it takes `require` of ESM for impossible. */
const REFUSED = /error TS1479/

const MODES: readonly [
  type: 'module' | 'commonjs',
  module: string,
  says?: RegExp | undefined,
  program?: string,
][] = [
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

/** Compiles a program in one of the modes and runs it. */
async function compileAndRun(
  [type, module, , program = PROGRAM]: (typeof MODES)[number],
  compiler = COMPILER,
): Promise<string> {
  const folder = await write(`${type}-${module}-${program === PROGRAM ? 'static' : 'dynamic'}`, {
    'package.json': JSON.stringify({ type }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module,
        target: 'es2023',
        types: ['node'],
        strict: true,
        esModuleInterop: true,
        // Once is enough to see whether our own declarations hold.
        skipLibCheck: module !== 'nodenext',
      },
      files: ['program.ts'],
    }),
    'program.ts': program,
  })
  const compiled = await exec(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], folder)
  if (compiled.failed) return compiled.output
  return (await exec(process.execPath, ['--no-warnings', 'program.js'], folder)).output
}

for (const mode of MODES) {
  const [type, module, refused, program] = mode
  const what = program === undefined ? 'import' : 'import()'
  test(`TypeScript, "type": "${type}", module ${module}: ${what} ${refused ? 'is refused' : 'works'}`, async (t) => {
    t.timeout(60_000)
    const said = await compileAndRun(mode)
    if (refused) t.regex(said, refused)
    else t.is(said, '1 view, 1000 ms, sid=\n')
  })
}

// What comes from the registry takes its time, and is tried where the whole package is.
const online = process.env['CI'] === 'true' ? test.serial : test.serial.skip

online('TypeScript 5 in the old resolution of modules, and Jest', async (t) => {
  t.timeout(300_000)
  await installed.add('jest@30', 'ts-jest@29', 'typescript@5.9')
  const modules = join(installed.folder, 'node_modules')
  const compiler = join(modules, 'typescript/bin/tsc')
  t.is(await compileAndRun(['commonjs', 'commonjs'], compiler), '1 view, 1000 ms, sid=\n')

  for (const [name, { files, flags = [] }] of Object.entries(JEST)) {
    const folder = await write(`jest-${name}`, files)
    const jest = join(modules, 'jest/bin/jest.js')
    const { failed, output } = await exec(process.execPath, [...flags, jest, '--watchman=false'], folder)
    t.false(failed, `${name}: ${output}`)
    t.regex(output, /1 passed, 1 total/, name)
  }
})
