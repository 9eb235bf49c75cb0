import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import test from 'ava'
import Koa from 'koa'
import { RESERVED_NAMES, session } from 'koa-session-pipeline'
import { anchorsOf, PAGES, readPage, ROOT } from './pages.ts'

const NAMES = session(new Koa()).stages.names

test('relative links are alive, with their anchors', (t) => {
  for (const page of PAGES) {
    for (const [, link] of page.text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue
      const [path, anchor] = link!.split('#') as [string, string?]
      const target = path === '' ? page.path : relative(ROOT, join(ROOT, dirname(page.path), path))
      t.true(existsSync(ROOT + target), `${page.path}: ${link}`)
      if (anchor !== undefined) t.true(anchorsOf(readPage(target)).includes(anchor), `${page.path}: ${link}`)
    }
  }
})

test('every page is listed in the index', (t) => {
  const index = readPage('docs/README.md').text
  for (const { path } of PAGES) {
    if (!path.startsWith('docs/') || path === 'docs/README.md') continue
    t.true(index.includes(`](${path.slice('docs/'.length)})`), path)
  }
})

test('every topic begins with one sentence and a block of code', (t) => {
  for (const { path, text } of PAGES) {
    if (!/^docs\/[a-z-]+\.md$/.test(path)) continue
    t.regex(text, /^# .+\n\n(?:.+\n)+\n```ts\n/, path)
  }
})

test('the stages of the pages are the stages of the package, in their order', (t) => {
  const { text } = readPage('docs/stages.md')
  const section = /^## The built-in stages$(.*?)^## /ms.exec(text)?.[1] ?? ''
  const described = [...section.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name)
  t.deepEqual(described, [...NAMES])
  for (const path of ['README.md', 'docs/stages.md']) {
    const picture = /```text\nrequest .*?```/s.exec(readPage(path).text)?.[0] ?? ''
    const drawn = [...picture.matchAll(/^ +([a-z]\w+) .*/gm)].map(([, name]) => name)
    t.deepEqual(drawn, [...NAMES], path)
  }
})

test('the page of the session names every member', (t) => {
  const { text } = readPage('docs/session.md')
  for (const name of RESERVED_NAMES) t.regex(text, new RegExp(`\`${name}\\b`), name)
})

test('the page of the session names every option', (t) => {
  const source = readFileSync(`${ROOT}src/options/index.ts`, 'utf8')
  const declared = /export interface SessionOptions<.*?\n\}/s.exec(source)?.[0] ?? ''
  const options = [...declared.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name]) => name!)
  t.true(options.length > 15)
  const table = readPage('docs/session.md').text.split('## Options')[1] ?? ''
  for (const name of options) t.regex(table, new RegExp(`\`${name}\``), name)
})

test('the page of errors has every code, and no other', (t) => {
  const source = readFileSync(`${ROOT}src/errors.ts`, 'utf8')
  const declared = /export type SessionErrorCode =(.*?)\n\n/s.exec(source)?.[1] ?? ''
  const codes = [...declared.matchAll(/'(\w+)'/g)].map(([, code]) => code!)
  const described = [...readPage('docs/errors.md').text.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code!)
  t.deepEqual(described.toSorted(), codes.toSorted())
})

test('the page of stages names every life event', (t) => {
  const events = [...readFileSync(`${ROOT}src/events.ts`, 'utf8').matchAll(/\| '(session:\w+)'/g)]
  t.is(events.length, 7)
  for (const [, name] of events) t.true(readPage('docs/stages.md').text.includes(`\`${name}\``), name)
})

test("README's first screen has at most forty lines and the two commands", (t) => {
  const first = readPage('README.md').text.split('\n').slice(0, 40).join('\n')
  for (const needed of ['npm install', 'npm start', 'npm test', 'async function*', 'handler', '.remove(']) {
    t.true(first.includes(needed), needed)
  }
})

test('every example is listed in the index', (t) => {
  const index = readPage('docs/README.md').text
  for (const name of readdirSync(`${ROOT}docs/examples`)) t.true(index.includes(`](examples/${name})`), name)
})

test('the files that the page of the architecture names are there', (t) => {
  const { text } = readPage('docs/architecture.md')
  const files = [...text.matchAll(/[\w/-]+\.ts\b/g)].map(([file]) => file)
  t.true(files.length > 30)
  for (const file of files) {
    const places = ['', 'stages/'].map((folder) => `${ROOT}src/${folder}${file}`)
    t.true(
      places.some((place) => existsSync(place)),
      file,
    )
  }
})
