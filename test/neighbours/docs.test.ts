import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { blocksOf } from '../docs/pages.ts'
import { tokenIn } from '../helpers/paths.ts'
import { type Visitor, visitor } from '../helpers/serve.ts'

// The programs of docs/neighbours.md run as they stand there, but for their port.

const LISTEN = 'app.listen(3000)'
const FOLDER = new URL('../../snippets/neighbours/', import.meta.url)
const programs = blocksOf('ts')
  .filter(({ page, code }) => page.path === 'docs/neighbours.md' && code.includes(LISTEN))
  .map(({ code }) => code)

/** Types are few in them, and left out. */
async function run(t: ExecutionContext, program: string, name: string): Promise<Visitor> {
  mkdirSync(FOLDER, { recursive: true })
  const file = new URL(`${name}.js`, FOLDER)
  const text = program
    .replace(LISTEN, "export const server = app.listen(0, '127.0.0.1')")
    .replaceAll(/ as string\b/g, '')
  writeFileSync(file, text)
  const { server } = (await import(file.href)) as { server: Server }
  if (!server.listening) await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return visitor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

test('the first program counts views', async (t) => {
  const browser = await run(t, programs[0]!, 'order')
  const first = await browser.get('/', { Origin: 'https://shop.example' })
  t.truthy(tokenIn(first))
  t.is(first.headers['access-control-allow-origin'], 'https://shop.example')
  t.is((await browser.get('/')).text, '2 views')
})

test('the program with Passport logs in and out', async (t) => {
  const browser = await run(t, programs[1]!, 'passport')
  t.is((await browser.get('/')).text, 'nobody')
  const ann = { username: 'ann', password: 'open sesame' }
  const login = await browser.post('/login', ann)
  t.like(login, { status: 302, headers: { location: '/' } })
  t.deepEqual((await browser.get('/')).body, { name: 'ann' })
  t.is(tokenIn(await browser.post('/logout')), '')
  t.is((await browser.get('/')).text, 'nobody')
})
