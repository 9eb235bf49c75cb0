import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const FOLDER = fileURLToPath(new URL('../../test/types/', import.meta.url))
const COMPILER = fileURLToPath(new URL('./bin/tsc', import.meta.resolve('typescript/package.json')))

// Each folder is a program of its own, since what one augments would change the types of all. They use the
// declarations in dist, as users do.
const PROGRAMS: Readonly<Record<string, string>> = {
  inferred: 'names of stages, data, contexts and verbs are typed without any declaration',
  merged: 'declarations in SessionData and FlashData type the sessions of the whole program',
  reserved: 'a reserved name in SessionData is a type error where a session is made',
  ways: 'contexts, routers, mounted applications and middleware are typed as users of Koa type them',
  'default-context': 'merging into the DefaultContext of Koa types the applications that say nothing',
  'beside-koa-session':
    '@types/koa-session, koa-session, express-session and koa-passport type contexts beside ours',
  augment: 'importing koa-session-pipeline/augment types the context of every application',
}

for (const [program, says] of Object.entries(PROGRAMS))
  test(says, async (t) => {
    t.timeout(120_000)
    t.is(await compile(program), undefined)
  })

test('what the compiler says of a mistake speaks of options', async (t) => {
  t.timeout(120_000)
  const source = await readFile(`${FOLDER}mistakes/mistakes.ts`, 'utf8')
  const said = String(await compile('mistakes')).split(/^(?=\S)/m)
  const mistakes = source.split('\n').flatMap((code, index) => {
    const expected = / \/\/ (.*)$/.exec(code)?.[1]
    return expected === undefined ? [] : [{ place: `(${index + 1},`, expected }]
  })
  t.is(said.length, mistakes.length)
  for (const [index, { place, expected }] of mistakes.entries()) {
    t.true(said[index]!.includes(place), said[index])
    t.true(said[index]!.includes(expected), said[index])
  }
})

/** What the compiler says of the program, or nothing. */
function compile(program: string): Promise<unknown> {
  return run(process.execPath, [COMPILER, '-p', FOLDER + program, '--pretty', 'false']).then(
    () => undefined,
    (error: { stdout?: string }) => error.stdout ?? error,
  )
}
