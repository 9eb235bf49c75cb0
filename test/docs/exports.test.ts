import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import test from 'ava'
import type { Context } from 'koa'
import { RESERVED_NAMES } from 'koa-session-pipeline'
import { DEFAULT_TOKEN } from '../../src/token.ts'
import { Session } from '../../src/session/session.ts'
import { ROOT, rowsIn, sectionOf, TOPICS } from './pages.ts'

/** The types that koa-session has, and an entry that exports nothing. */
const ELSEWHERE = new Set(['./koa-session', './augment'])

const EXPORTS = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')).exports as Record<
  string,
  string | { readonly types: string }
>

/** The source of each entry that has names to import. */
const ENTRIES = Object.entries(EXPORTS).flatMap(([entry, where]) =>
  typeof where === 'string' || ELSEWHERE.has(entry)
    ? []
    : [[entry, where.types.replace(/^\.\/dist\/(.*)\.d\.ts$/, 'src/$1.ts')] as const],
)

/** What an entry exports, values and types. */
function exportsOf(entry: string): string[] {
  const source = readFileSync(ROOT + entry, 'utf8')
  const passedOn = [...source.matchAll(/^export (.*?)(?= from ) from '([^']*)'$/gms)]
  return declaredIn(entry).concat(
    passedOn.flatMap(([, what, from]) =>
      what === '*' ? declaredIn(posix.join(posix.dirname(entry), from!)) : namesIn(what!),
    ),
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
  TOPICS.flatMap(({ text }) => {
    const imports = [...text.matchAll(/^import ([^']+) from 'koa-session-pipeline(?:\/[\w/-]+)?'$/gm)]
    const heads = [...text.replaceAll(/^```.*?^```$/gms, '').matchAll(/`(\w+)[^`]*`/g)]
    return heads.map(([, name]) => name!).concat(imports.flatMap(([, list]) => namesIn(list!)))
  }),
)

test('the entries of the package are found, and their exports', (t) => {
  t.true(ENTRIES.length > 8)
  for (const [entry, source] of ENTRIES) t.true(exportsOf(source).length > 0, entry)
  for (const source of ['src/index.ts', 'src/stages.ts']) {
    const statements = readFileSync(ROOT + source, 'utf8').match(/^export\b/gm)
    const read = readFileSync(ROOT + source, 'utf8').match(/^export (.*?)(?= from ) from '([^']*)'$/gms)
    t.is(read?.length, statements?.length)
    t.true(exportsOf(source).length > 40)
  }
})

for (const [entry, source] of ENTRIES) {
  test(`every export of the entry ${entry} is explained in docs`, (t) => {
    t.deepEqual(
      exportsOf(source).filter((name) => name !== 'default' && !explained.has(name)),
      [],
    )
  })
}

test('every entry is imported or named on a page', (t) => {
  const pages = TOPICS.map(({ text }) => text).join('\n')
  for (const entry of Object.keys(EXPORTS)) {
    if (entry === './package.json') continue
    t.true(pages.includes(posix.join('koa-session-pipeline', entry)), entry)
  }
})

test('an export that no page explains would be noticed', (t) => {
  t.false(explained.has('lifeOf'))
  t.true(explained.has('endSession'))
})

test('the functions for stages are on the page of the entry, each once', (t) => {
  const page = TOPICS.find(({ path }) => path === 'docs/stage-functions.md')!
  t.deepEqual(rowsIn(page.text).toSorted(), [...new Set(exportsOf('src/stages.ts'))].toSorted())
})

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
    rowsIn(sectionOf('docs/session.md', heading)),
  )
  t.deepEqual(described.toSorted(), RESERVED_NAMES.toSorted())
})

test('the page on writing a stage describes the members that only stages see, and no others', (t) => {
  t.deepEqual(rowsIn(sectionOf('docs/writing-a-stage.md', 'What a stage sees')).toSorted(), FOR_STAGES)
})
