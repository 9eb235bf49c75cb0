import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import test from 'ava'
import type { Context } from 'koa'
import { RESERVED_NAMES } from 'koa-session-pipeline'
import { DEFAULT_TOKEN } from '../../src/token.ts'
import { Session } from '../../src/session/session.ts'
import { PAGES, readPage, ROOT } from './pages.ts'

/** What an entry exports, values and types. */
function exportsOf(entry: string): string[] {
  const source = readFileSync(ROOT + entry, 'utf8')
  return [...source.matchAll(/^export (.*?)(?= from ) from '([^']*)'$/gms)].flatMap(([, what, from]) =>
    what === '*' ? declaredIn(posix.join(posix.dirname(entry), from!)) : namesIn(what!),
  )
}

/** `default, session, type Sessions` */
function namesIn(list: string): string[] {
  return [...list.replaceAll(/[{}]|\btype\s(?=\s*[\w{])/g, '').matchAll(/\w+/g)].map(([name]) => name)
}

function declaredIn(file: string): string[] {
  const source = readFileSync(ROOT + file, 'utf8')
  return [...source.matchAll(/^export (?:class|const|function|interface|type) (\w+)/gm)].map(
    ([, name]) => name!,
  )
}

/** The names that the pages explain: at the head of inline code, or imported by a block. */
const explained = new Set(
  PAGES.filter(({ path }) => /^docs\/[a-z-]+\.md$/.test(path)).flatMap(({ text }) => {
    const prose = text.replaceAll(/^```.*?^```$/gms, '')
    const imports = [...text.matchAll(/^import ([^']+) from 'koa-session-pipeline(?:\/stages)?'$/gm)]
    const heads = [...prose.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name!)
    return heads.concat(imports.flatMap(([, list]) => namesIn(list!)))
  }),
)

for (const entry of ['src/index.ts', 'src/stages.ts']) {
  const names = exportsOf(entry)

  test(`no export of ${entry} escapes these tests`, (t) => {
    const statements = readFileSync(ROOT + entry, 'utf8').match(/^export\b/gm)
    const read = readFileSync(ROOT + entry, 'utf8').match(/^export (.*?)(?= from ) from '([^']*)'$/gms)
    t.is(read?.length, statements?.length)
    t.true(names.length > 40)
  })

  test(`every export of ${entry} is explained in docs`, (t) => {
    t.deepEqual(
      names.filter((name) => name !== 'default' && !explained.has(name)),
      [],
    )
  })
}

test('an export that no page explains would be noticed', (t) => {
  t.false(explained.has('lifeOf'))
  t.true(explained.has('endSession'))
})

test('the functions of stages are in the section on the entry, each once', (t) => {
  const described = rowsOf('docs/stages.md', 'What the entry `/stages` has')
  t.deepEqual(described.toSorted(), [...new Set(exportsOf('src/stages.ts'))].toSorted())
})

/** The names in the first column of the tables of a section. */
function rowsOf(path: string, heading: string): string[] {
  const section = readPage(path).text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const cells = [...section.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].map(([, cell]) => cell!)
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)[^`]*`/g)].map(([, name]) => name!))
}

/** What only stages see. */
const FOR_STAGES = ['annotations', 'changed', 'data', 'extend', 'now', 'onCreate', 'stored', 'token', 'used']

test('a session has the members that the pages describe, and no others', (t) => {
  const members = Object.getOwnPropertyNames(Session.prototype).filter((name) => name !== 'constructor')
  t.deepEqual(members.toSorted(), [...RESERVED_NAMES, ...FOR_STAGES].toSorted())
  t.deepEqual(Object.getOwnPropertySymbols(Session.prototype), [])
  const session = new Session({} as Context, {
    app: { emit: () => true },
    clock: () => 0,
    serializer: JSON,
    token: DEFAULT_TOKEN,
    idleTimeout: false,
    absoluteTimeout: false,
    family: Symbol('family'),
  })
  t.deepEqual(Reflect.ownKeys(session), [])
})

test('the page of the session describes the members of ctx.session, and no others', (t) => {
  const described = ['What there is', 'Verbs', 'For this request'].flatMap((heading) =>
    rowsOf('docs/session.md', heading),
  )
  t.deepEqual(described.toSorted(), RESERVED_NAMES.toSorted())
})

test('the page of stages describes the members that only stages see, and no others', (t) => {
  t.deepEqual(rowsOf('docs/stages.md', 'Writing your own').toSorted(), FOR_STAGES)
})
