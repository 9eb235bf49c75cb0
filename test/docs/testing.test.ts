// The programs of docs/testing.md run as they stand there.
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { blocksOf } from './pages.ts'

/** Below the compiled tests, so that the package's own name leads to the package. */
const FOLDER = fileURLToPath(new URL('../../snippets/testing/', import.meta.url))
const blocks = blocksOf('ts').flatMap(({ page, code }) => (page.path === 'docs/testing.md' ? [code] : []))

test.before(() => {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
})

/** Without the one type that they name, the programs are JavaScript. */
async function run(name: string, code: string): Promise<string> {
  const script = code.replace(/^import type .*\n/m, '').replace(' as AddressInfo', '')
  writeFileSync(`${FOLDER}${name}.mjs`, script)
  return (await promisify(execFile)(process.execPath, [`${FOLDER}${name}.mjs`], { timeout: 30_000 })).stdout
}

test('the first program prints what its comments say', async (t) => {
  const promised = [...blocks[0]!.matchAll(/^console\.log\(.*\) \/\/ (.*)$/gm)].map(([, said]) => said!)
  t.is(promised.length, 3)
  t.is(await run('first', blocks[0]!), `${promised.join('\n')}\n`)
})

for (const [client, sign] of Object.entries({ superagent: "from 'superagent'", fetch: 'await fetch(' })) {
  test(`the tests with ${client} pass, and would fail for another application`, async (t) => {
    const code = blocks.find((block) => block.includes(sign))!
    t.is(await run(client, code), '')
    await t.throwsAsync(run(`${client}-wrong`, code.replace("{ user: 'Ann' }", "{ user: 'Bob' }")), {
      message: /Hello, Bob/,
    })
  })
}
