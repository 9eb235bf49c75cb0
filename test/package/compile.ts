import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { COMPILER, exec, type Installed } from './install.ts'
import { PROGRAM } from './programs.ts'

/** How a program is a module, what its compiler makes of it, and what that says. */
export type Mode = readonly [
  type: 'module' | 'commonjs',
  module: string,
  says?: RegExp | undefined,
  program?: string,
]

/** Writes files below the folder, in a folder of their own, and says where that is. */
export async function write(
  installed: Installed,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = join(installed.folder, name)
  await rm(folder, { recursive: true, force: true })
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  return folder
}

/** Compiles a program in one of the modes and runs it. */
export async function compileAndRun(
  installed: Installed,
  [type, module, , program = PROGRAM]: Mode,
  compiler = COMPILER,
): Promise<string> {
  const folder = await write(installed, `${type}-${module}-${program === PROGRAM ? 'static' : 'dynamic'}`, {
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
