import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import test from 'ava'
import Koa from 'koa'
import { session } from 'koa-session-pipeline'
import { anchorsOf, PAGES, proseOf, readPage, ROOT, rowsIn, sectionOf, TOPICS } from './pages.ts'

const NAMES = session(new Koa()).stages.names

/** Parts of former sentences that readers had to read twice. */
const READ_TWICE = [
  'are said by',
  'is skipped and said so',
  'are had at once',
  'ends nowhere but',
  'exact, of nothing',
  'one more look; is none itself',
  'which creates nothing',
  'and nothing else, to let',
  'mean something else there',
  'shall not',
  'are free of',
  'needs it not',
]

const SOURCES = readdirSync(`${ROOT}src`, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
)

test('relative links are alive, with their anchors', (t) => {
  const dead = PAGES.flatMap((page) =>
    [...page.text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !/^[a-z]+:/.test(link) && !isAlive(page.path, link))
      .map((link) => `${page.path}: ${link}`),
  )
  t.deepEqual(dead, [])
})

function isAlive(from: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string?]
  const target = path === '' ? from : relative(ROOT, join(ROOT, dirname(from), path))
  if (!existsSync(ROOT + target)) return false
  return anchor === undefined || anchorsOf(readPage(target)).includes(anchor)
}

test('every page is listed in the index, once', (t) => {
  const index = readPage('docs/README.md').text
  for (const { path } of PAGES) {
    if (!path.startsWith('docs/') || path === 'docs/README.md') continue
    t.is(index.split(`](${path.slice('docs/'.length)})`).length, 2, path)
  }
})

test('every topic begins with one sentence and a block of code', (t) => {
  for (const { path, text } of TOPICS) {
    const [, opening] = /^# .+\n\n((?:.+\n)+)\n```ts\n/.exec(text) ?? []
    t.truthy(opening, path)
    // Points within names, as of `ctx.session`, do not end a sentence.
    const ends = opening!.replaceAll(/`[^`]*`|\([^)]*\)/g, '').match(/[.?!](?=\s)/g)
    t.is(ends?.length, 1, `${path}: ${opening}`)
  }
})

test('no page has more than 1200 words, code and tables aside', (t) => {
  for (const page of PAGES) {
    if (page.path === 'CHANGELOG.md') continue
    const words = proseOf(page).match(/\S+/g)?.length ?? 0
    t.true(words <= 1200, `${page.path}: ${words}`)
  }
})

test('no page, docstring or message has sentences that had to be read twice', (t) => {
  const sources = SOURCES.map((file) => readPage(`src/${file}`))
  const texts = [
    ...PAGES.map((page) => [page.path, page.text.replaceAll(/^```.*?^```$/gms, '')]),
    ...sources.map(({ path, text }) => [path, text.replaceAll(/^\s*\*/gm, '')]),
  ]
  const found = texts.flatMap(([path, text]) =>
    READ_TWICE.filter((sentence) => text!.replaceAll(/\s+/g, ' ').includes(sentence)).map(
      (sentence) => `${path}: ${sentence}`,
    ),
  )
  t.deepEqual(found, [])
})

test('the stages of the pages are the stages of the package, in their order', (t) => {
  const section = readPage('docs/stages.md').text.split('\n## The built-in stages\n')[1]!.split('\n## ')[0]!
  const described = [...section.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name)
  t.deepEqual(described, [...NAMES])
  for (const path of ['README.md', 'docs/pipeline.md']) {
    const picture = /```text\nrequest .*?```/s.exec(readPage(path).text)?.[0] ?? ''
    const drawn = [...picture.matchAll(/^ +([a-z]\w+) .*/gm)].map(([, name]) => name)
    t.deepEqual(drawn, [...NAMES], path)
  }
})

test('the page of options has every option, once, and no other', (t) => {
  const source = readFileSync(`${ROOT}src/options/index.ts`, 'utf8')
  const declared = /export interface SessionOptions<.*?\n\}/s.exec(source)?.[0] ?? ''
  const options = [...declared.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name]) => name!)
  t.true(options.length > 15)
  t.deepEqual(rowsIn(sectionOf('docs/options.md', 'The table')).toSorted(), options.toSorted())
})

test('the page of options has the defaults that are used', (t) => {
  const { text } = readPage('docs/options.md')
  const source = readFileSync(`${ROOT}src/options/index.ts`, 'utf8')
  for (const name of ['idleTimeout', 'absoluteTimeout']) {
    const [, used] = new RegExp(`timeout\\('${name}', ('\\w+')\\)`).exec(source) ?? []
    t.truthy(used)
    t.true(text.includes(`| \`${name}\` | \`${used}\` |`), `${name}: ${used}`)
  }
})

test('the page of errors has every code, and no other', (t) => {
  const source = readFileSync(`${ROOT}src/errors.ts`, 'utf8')
  const declared = /export type SessionErrorCode =(.*?)\n\n/s.exec(source)?.[1] ?? ''
  const codes = [...declared.matchAll(/'(\w+)'/g)].map(([, code]) => code!)
  const described = [...readPage('docs/errors.md').text.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code!)
  t.deepEqual(described.toSorted(), codes.toSorted())
})

test('every code of the page of errors has a cause and a cure', (t) => {
  for (const section of readPage('docs/errors.md').text.split('\n### `ERR_').slice(1)) {
    const [code] = section.split('`')
    t.regex(section.split('\n## ')[0]!, /\bCause:|\| (cause|the message says) \|/, code)
    t.regex(section.split('\n## ')[0]!, /\bCure:|\| cure \|/, code)
  }
})

test('the page on watching has every life event, and no other', (t) => {
  const events = readFileSync(`${ROOT}src/events.ts`, 'utf8').matchAll(/\| '(session:\w+)'/g)
  const names = [...events].map(([, name]) => name!)
  t.true(names.length >= 7)
  t.deepEqual(rowsIn(sectionOf('docs/watching.md', 'Events')).toSorted(), names.toSorted())
})

test('the page on watching has every diagnostics channel, and no other', (t) => {
  const names = SOURCES.flatMap((file) => {
    const source = readFileSync(`${ROOT}src/${file}`, 'utf8')
    return source.includes('node:diagnostics_channel')
      ? [...source.matchAll(/'(koa-session-pipeline[:.][\w.:-]+)'/g)].map(([, name]) => name!)
      : []
  })
  t.true(names.length > 0)
  const { text } = readPage('docs/watching.md')
  const described = [...text.matchAll(/^\| `(koa-session-pipeline[:.][\w.:-]+)`/gm)].map(([, name]) => name!)
  t.deepEqual(described.toSorted(), names.toSorted())
})

test("README's first forty lines have the install line, a typed counter and a login", (t) => {
  const { text } = readPage('README.md')
  const first = text.split('\n').slice(0, 40).join('\n')
  for (const needed of ['npm install koa-session-pipeline', 'session<Visit>', '/login', '.regenerate('])
    t.true(first.includes(needed), needed)
  const counter = /```ts\n(.*?)```/s.exec(text)![1]!
  t.is(counter.trimEnd().split('\n').length, 12)
})

test('README has the races, the pipeline, an edit of it, and the two commands for a checkout', (t) => {
  const { text } = readPage('README.md')
  for (const needed of ['175 | 174 | 0', 'npm run bench -- races', 'async function*', 'handler', '.remove('])
    t.true(text.includes(needed), needed)
  const [, checkout = ''] = text.split('\n## In a checkout\n')
  for (const command of ['npm start', 'npm test']) t.true(checkout.includes(command), command)
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
