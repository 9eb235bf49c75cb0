// The programs of docs/migrating.md: what runs on the other library and what runs on ours get the same requests.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { SessionOptions } from 'koa-session'
import request from 'superagent'
import { readPage, ROOT } from './pages.ts'

interface Program {
  readonly app: { listen(port: number, host: string): Server; silent?: boolean }
}

/** Below the compiled tests, so that the names of packages lead to those of this one. */
const FOLDER = fileURLToPath(new URL('../../snippets/migrating/', import.meta.url))
const { text } = readPage('docs/migrating.md')

test.before(() => {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
})

/** The programs of a section. They have no types, so Node can run them as they are. */
function programsOf(heading: string): string[] {
  const section = (text.split(`\n## ${heading}\n`)[1] ?? '').split('\n## ')[0]!
  return [...section.matchAll(/^```[jt]s\n(.*?)^```$/gms)].map(([, code]) => code!)
}

async function start(t: ExecutionContext, name: string, code: string): Promise<string> {
  writeFileSync(`${FOLDER}${name}.mjs`, code.replace("'sessions'", JSON.stringify(`${FOLDER}${name}`)))
  const { app } = (await import(`${FOLDER}${name}.mjs`)) as Program
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Seen {
  readonly status: number
  readonly text: string
  /** The cookies that the answer sets to a value, with their attributes; when they end is compared as so or not. */
  readonly cookies: readonly string[]
}

/** Logs a visitor in and out, looks in between, and once more with the cookie of before. */
async function visit(url: string): Promise<Seen[]> {
  const agent = request.agent()
  const seen: Seen[] = []
  const see = async (asked: request.Request): Promise<readonly string[]> => {
    const { status, text, headers } = await asked.ok(() => true)
    const lines: readonly string[] = [headers['set-cookie'] ?? []].flat()
    seen.push({ status, text, cookies: lines.filter(setsValue).map(described) })
    return lines
  }
  await see(agent.get(`${url}/`))
  const lines = await see(agent.get(`${url}/login`))
  await see(agent.get(`${url}/`))
  await see(agent.get(`${url}/logout`))
  await see(agent.get(`${url}/`))
  await see(request.get(`${url}/`).set('Cookie', lines.map((line) => line.split(';')[0]).join('; ')))
  return seen
}

const setsValue = (line: string): boolean => /^(?!.*\.sig=)[^=]+=[^;]+;/.test(line) && !/1970/.test(line)

function described(line: string): string {
  const [pair, ...attributes] = line.toLowerCase().split(/; */)
  const lasting = attributes.some((one) => one.startsWith('expires=')) ? 'lasting' : 'for the browser'
  const named = attributes.filter((one) => !/^(?:expires|max-age)=/.test(one)).toSorted()
  return [pair!.split('=')[0], lasting, ...named].join('; ')
}

test('the first program is what it was with koa-session, but for one line', async (t) => {
  const after = /^```ts\n(.*?)^```$/ms.exec(text)![1]!
  const [line] = programsOf('The import of koa-session') as [string]
  const before = after.replace(/^import session .*\n/m, line)
  t.not(before, after)
  const seen = await visit(await start(t, 'drop-in-before', before))
  t.deepEqual(await visit(await start(t, 'drop-in-after', after)), seen)
  t.deepEqual(answers(seen), ['nobody', 'Ann', 'Ann', 'nobody', 'nobody', 'Ann'])
})

for (const [from, afterwards] of Object.entries({
  // Nothing can end a copy of a session that is in a cookie.
  'koa-session': ['Ann', 'nobody'],
  'koa-generic-session': ['nobody', 'nobody'],
  'express-session': ['nobody', 'nobody'],
})) {
  test(`the programs before and after, from ${from}, answer alike`, async (t) => {
    const [before, after, ...others] = programsOf(`From ${from}`) as [string, string, ...string[]]
    t.deepEqual(others, [])
    t.true(before.includes(`from '${from}'`))
    const seen = await visit(await start(t, `${from}-before`, before))
    const now = await visit(await start(t, `${from}-after`, after))
    t.deepEqual(now.slice(0, -1), seen.slice(0, -1).map(withoutRenewal(from)))
    t.deepEqual(answers(now).slice(0, -1), ['nobody', 'Ann', 'Ann', 'nobody', 'nobody'])
    t.deepEqual([answers(seen).at(-1), answers(now).at(-1)], afterwards)
  })
}

/** What each library says of itself, so that a new option of theirs is noticed. */
const OPTIONS: Readonly<Record<string, () => string[]>> = {
  'koa-session': () => Object.keys((SessionOptions as unknown as { shape: object }).shape),
  'koa-generic-session': () =>
    namesIn('koa-generic-session/lib/session.js', /\* {3}- \[`(\w+)`\]/g, /setup session store.*?\*\//s),
  'express-session': () =>
    namesIn(
      '@types/express-session/index.d.ts',
      /^ {8}(\w+)\??[:(]/gm,
      /interface SessionOptions \{.*?^ {4}\}/ms,
    ),
}

function namesIn(file: string, name: RegExp, part: RegExp): string[] {
  const source = readFileSync(`${ROOT}node_modules/${file}`, 'utf8')
  return [...(part.exec(source)?.[0] ?? '').matchAll(name)].map(([, found]) => found!)
}

for (const [from, options] of Object.entries(OPTIONS)) {
  test(`the table for ${from} has each option`, (t) => {
    const section = (text.split(`\n## From ${from}\n`)[1] ?? '').split('\n## ')[0]!
    const cells = [...section.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell!).join()
    const named = new Set([...cells.matchAll(/`(\w+)/g)].map(([, name]) => name))
    t.true(options().length > 8)
    t.deepEqual(
      options().filter((name) => !named.has(name)),
      [],
    )
  })
}

const answers = (seen: readonly Seen[]): string[] => seen.map(({ text }) => text)

/** express-session sends its cookie with every answer, ours when the deadline moves. */
function withoutRenewal(from: string): (seen: Seen, index: number) => Seen {
  return (seen, index) => (from === 'express-session' && index === 2 ? { ...seen, cookies: [] } : seen)
}
