import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const COMPILER = fileURLToPath(new URL('./bin/tsc', import.meta.resolve('typescript/package.json')))

// Each folder is a program of its own, since what one augments would change the types of all. They use the
// declarations in dist, as users do.
const PROGRAMS: Readonly<Record<string, string>> = {
  inferred: 'names of stages, data, contexts and verbs are typed without any declaration',
  merged: 'declarations in SessionData and FlashData type the sessions of the whole program',
  reserved: 'a reserved name in SessionData is a type error where a session is made',
  augment: 'importing koa-session-pipeline/augment types the context of every application',
}

for (const [program, says] of Object.entries(PROGRAMS))
  test(says, async (t) => {
    t.timeout(120_000)
    const failed = await run(process.execPath, [COMPILER, '-p', `test/types/${program}`]).then(
      () => undefined,
      (error: { stdout?: string }) => error.stdout ?? error,
    )
    t.is(failed, undefined)
  })
