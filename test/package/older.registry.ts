// What users have of older tools comes from the registry, so these have a run of their own: npm run test:registry
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { compileAndRun, write } from './compile.ts'
import { exec, install } from './install.ts'
import { JEST } from './programs.ts'

const TYPES = fileURLToPath(new URL('../../../test/types/', import.meta.url))

test('TypeScript 5, in the old resolution of modules and with the programs of test/types, and Jest', async (t) => {
  const installed = await install()
  t.teardown(installed.remove)
  await installed.add('jest@30', 'ts-jest@29', 'typescript@5.9')
  const modules = join(installed.folder, 'node_modules')
  const compiler = join(modules, 'typescript/bin/tsc')
  t.is(await compileAndRun(installed, ['commonjs', 'commonjs'], compiler), '1 view, 1000 ms, sid=\n')
  for (const program of ['inferred', 'ways', 'default-context', 'merged', 'beside-koa-session', 'augment']) {
    const { failed, output } = await exec(
      process.execPath,
      [compiler, '-p', TYPES + program],
      installed.folder,
    )
    t.false(failed, `${program}: ${output}`)
  }

  for (const [name, { files, flags = [] }] of Object.entries(JEST)) {
    const folder = await write(installed, `jest-${name}`, files)
    const jest = join(modules, 'jest/bin/jest.js')
    const { failed, output } = await exec(process.execPath, [...flags, jest, '--watchman=false'], folder)
    t.false(failed, `${name}: ${output}`)
    t.regex(output, /1 passed, 1 total/, name)
  }
})
