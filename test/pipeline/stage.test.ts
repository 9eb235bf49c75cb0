import { inspect } from 'node:util'
import test from 'ava'
import { type Hook, SessionConfigError, stage } from '../../src/index.ts'

const star: Hook = function* () {}
const methods = {
  async *waits(this: void) {},
  *runs(this: void) {},
  async forgot(this: void) {},
}

test('a stage is its name and its hook, and cannot be changed', (t) => {
  const made = stage('audit', star)
  t.like(made, { name: 'audit', hook: star, off: false })
  t.throws(() => Object.assign(made, { name: 'other' }), { instanceOf: TypeError })
})

test('a stage can be switched off and keep its place', (t) => {
  t.true(stage('audit', star, { off: true }).off)
})

const accepted: readonly [what: string, hook: unknown][] = [
  ['async generator function', async function* () {}],
  ['generator function', function* () {}],
  ['method that is an async generator', methods.waits],
  ['method that is a generator', methods.runs],
  // What a generator becomes when it is compiled for an old target.
  ['function, which may return a generator', function () {}],
  ['generator function that is bound', star.bind(undefined)],
]
for (const [what, hook] of accepted)
  test(`a hook can be a ${what}`, (t) => {
    t.is<unknown, unknown>(stage('audit', hook as Hook).hook, hook)
  })

const refused: readonly [what: string, hook: unknown, says: RegExp][] = [
  ['an arrow function', () => undefined, /is the \* missing\?/],
  ['an async arrow function', async () => undefined, /is the \* missing\?/],
  ['an async function', async function () {}, /is the \* missing\?/],
  ['an async method', methods.forgot, /is the \* missing\?/],
  ['a class', class extends Map {}, /is the \* missing\?/],
  ['a generator, already running', star({} as never, {} as never), /object/],
  ['text', 'function* () {}', /string/],
  ['nothing', undefined, /undefined/],
  ['null', null, /got null|object/],
]
for (const [what, hook, says] of refused)
  test(`a hook cannot be ${what}`, (t) => {
    const error = t.throws(() => stage('audit', hook as Hook), { instanceOf: SessionConfigError })
    t.regex(error.message, /'audit'.*generator function \(async function\* or function\*\)/)
    t.regex(error.message, says)
  })

for (const name of ['', undefined, null, 5, [], star])
  test(`the name of a stage cannot be ${inspect(name)}`, (t) => {
    const error = t.throws(() => stage(name as string, star), { instanceOf: SessionConfigError })
    t.regex(error.message, /Expected the name of a stage to be a non-empty string/)
  })

test('a symbol as a name is refused, too', (t) => {
  t.throws(() => stage(Symbol('audit') as unknown as string, star), { instanceOf: SessionConfigError })
})
