import test from 'ava'
import {
  type DefaultStage,
  type Hook,
  Pipeline,
  SessionConfigError,
  type Stage,
  stage,
} from '../../src/index.ts'
import { planOptions } from '../../src/options/index.ts'
import { defaultStages, type SessionPlan } from '../../src/stages.ts'

const nothing: Hook = function* () {}
const audit = stage('audit', nothing)
const timing = stage('timing', nothing)
const defaults: Pipeline<DefaultStage> = defaultStages(planOptions({}) satisfies SessionPlan)
const NAMES: readonly DefaultStage[] = [
  'identify',
  'persist',
  'verifyAddress',
  'verifyUserAgent',
  'expireKeys',
  'extendExpiry',
  'flash',
]
/** Names that only JavaScript, or a type assertion, can give. */
const loose = defaults as unknown as Pipeline<never> & {
  before(anchor: string, added: Stage): Pipeline
  after(anchor: string, added: Stage): Pipeline
  replace(target: string, by: Stage): Pipeline
  remove(target: string): Pipeline
  get(name: string): Stage
  prepend(added: Stage): Pipeline
  append(added: Stage): Pipeline
}

test('the built-in stages stand in the order of the way in', (t) => {
  t.deepEqual(defaults.names, NAMES)
})

test('before puts a stage outside of its anchor', (t) => {
  t.deepEqual(defaults.before('identify', audit).names, ['audit', ...NAMES])
  t.deepEqual(defaults.before('flash', audit).names, [...NAMES.slice(0, -1), 'audit', 'flash'])
})

test('after puts a stage inside of its anchor', (t) => {
  t.deepEqual(defaults.after('identify', audit).names, ['identify', 'audit', ...NAMES.slice(1)])
  t.deepEqual(defaults.after('flash', audit).names, [...NAMES, 'audit'])
})

test('prepend puts a stage outside of all others', (t) => {
  t.deepEqual(defaults.prepend(audit).names, ['audit', ...NAMES])
  t.deepEqual(defaults.prepend(audit).prepend(timing).names, ['timing', 'audit', ...NAMES])
  t.is(defaults.prepend(audit).get('audit'), audit)
})

test('append puts a stage inside of all others', (t) => {
  t.deepEqual(defaults.append(audit).names, [...NAMES, 'audit'])
  t.deepEqual(defaults.append(audit).append(timing).names, [...NAMES, 'audit', 'timing'])
  t.is(defaults.append(audit).get('audit'), audit)
})

test('a pipeline can be built from nothing', (t) => {
  t.deepEqual(new Pipeline<never>([]).append(audit).prepend(timing).names, ['timing', 'audit'])
})

test('replace keeps the place', (t) => {
  const mine = stage('verifyAddress', nothing)
  const edited = defaults.replace('verifyAddress', mine)
  t.deepEqual(edited.names, NAMES)
  t.is(edited.get('verifyAddress'), mine)
})

test('replace takes a stage of another name, too', (t) => {
  const { names } = defaults.replace('verifyAddress', audit)
  t.deepEqual(names, ['identify', 'persist', 'audit', ...NAMES.slice(3)])
})

test('remove takes a stage out', (t) => {
  t.deepEqual(defaults.remove('flash').names, NAMES.slice(0, -1))
})

test('a name that was taken out is free again', (t) => {
  const moved = defaults.remove('flash').before('persist', defaults.get('flash'))
  t.deepEqual(moved.names, ['identify', 'flash', ...NAMES.slice(1, -1)])
})

test('get returns the stage of that name', (t) => {
  t.is(defaults.after('flash', audit).get('audit'), audit)
  t.is(defaults.get('persist').name, 'persist')
})

test('iterating goes from the outermost stage to the innermost', (t) => {
  const stages = [...defaults.after('identify', audit)]
  t.deepEqual(
    stages.map(({ name }) => name),
    ['identify', 'audit', ...NAMES.slice(1)],
  )
  t.is(stages[1], audit)
})

test('as text a pipeline is its names', (t) => {
  t.is(
    String(defaults.remove('verifyAddress').remove('verifyUserAgent').before('flash', audit)),
    ['identify › persist › expireKeys › extendExpiry › audit › flash'].join(),
  )
})

test('editing leaves the pipeline as it was', (t) => {
  const before = [...defaults]
  defaults.before('flash', audit)
  defaults.after('flash', audit)
  defaults.prepend(audit)
  defaults.append(audit)
  defaults.replace('flash', audit)
  defaults.remove('flash')
  t.deepEqual([...defaults], before)
  t.deepEqual(defaults.names, NAMES)
})

test('the list of names cannot be changed', (t) => {
  t.throws(() => (defaults.names as string[]).push('audit'), { instanceOf: TypeError })
  t.true(Object.isFrozen(defaults.remove('flash').names))
})

test('the array that a pipeline is made from can be changed without changing it', (t) => {
  const stages = [audit, timing]
  const pipeline = new Pipeline(stages)
  stages.pop()
  t.deepEqual(pipeline.names, ['audit', 'timing'])
  t.is([...pipeline].length, 2)
})

test('a pipeline can be empty', (t) => {
  t.deepEqual(new Pipeline([]).names, [])
  t.is(String(new Pipeline([])), '')
})

const LIST = NAMES.join(', ')
const refusals: readonly [what: string, edit: () => unknown, says: readonly string[]][] = [
  ['an unknown anchor of before', () => loose.before('flush', audit), ["'flush'", "'flash'", LIST]],
  ['an unknown anchor of after', () => loose.after('Persist', audit), ["'Persist'", "'persist'", LIST]],
  ['an unknown name to replace', () => loose.replace('verify-address', audit), ["'verifyAddress'", LIST]],
  ['an unknown name to remove', () => loose.remove('extendExpirey'), ["'extendExpiry'", LIST]],
  ['an unknown name to get', () => loose.get('identity'), ["'identity'", "'identify'", LIST]],
  ['a name that no other comes near to', () => loose.get('zzzzzzzzzz'), ["'zzzzzzzzzz'", LIST]],
  [
    'a name that has been taken out',
    () => (defaults.remove('flash') as unknown as typeof loose).before('flash', audit),
    ["'flash'", NAMES.slice(0, -1).join(', ')],
  ],
  [
    'a name that has been replaced by another',
    () => (defaults.replace('flash', audit) as Pipeline).get('flash'),
    ["'flash'", 'audit'],
  ],
  [
    'a stage whose name is taken',
    () => loose.before('flash', stage('persist', nothing)),
    ["'persist'", LIST],
  ],
  [
    'the same stage a second time',
    () => (defaults.before('flash', audit) as unknown as typeof loose).after('flash', audit),
    ["'audit'", LIST.replace('flash', 'audit, flash')],
  ],
  [
    'a replacement that bears the name of another stage',
    () => loose.replace('flash', stage('persist', nothing)),
    ["'persist'", 'extendExpiry'],
  ],
  ['two stages of one name at the start', () => new Pipeline([audit, timing, audit]), ["'audit'", 'timing']],
  [
    'a stage to append whose name is taken',
    () => loose.append(stage('persist', nothing)),
    ["'persist'", LIST],
  ],
  ['a stage to prepend whose name is taken', () => loose.prepend(stage('flash', nothing)), ["'flash'", LIST]],
  ['nothing to append', () => loose.append(undefined as never), ['stage(name, hook)', 'got undefined']],
  [
    'a stage before its anchor',
    () => loose.before(audit as never, 'flash' as never),
    ['name of a stage first', 'before(name, stage)', "got the stage 'audit'", LIST],
  ],
  [
    'a stage after its anchor',
    () => loose.after(audit as never, 'flash' as never),
    ["got the stage 'audit'"],
  ],
  [
    'a replacement before what it replaces',
    () => loose.replace(audit as never, 'flash' as never),
    ["'audit'"],
  ],
  ['a stage to remove instead of its name', () => loose.remove(audit as never), ["got the stage 'audit'"]],
  ['nothing as an anchor', () => loose.before(undefined as never, audit), ['name of a stage, got undefined']],
  ['a symbol as an anchor', () => loose.after(Symbol('flash') as never, audit), ['got Symbol(flash)']],
  [
    'the handler as an anchor of before',
    () => loose.before('handler', audit),
    ['The handler is no stage', 'append(stage)', LIST],
  ],
  ['the handler as an anchor of after', () => loose.after('handler', audit), ['append(stage)']],
  [
    'a persist that is made outside of identify',
    () => defaults.remove('persist').before('identify', defaults.get('persist')),
    ["'persist' loads", "'identify' finds", 'persist, identify, verifyAddress'],
  ],
  [
    'an identify that is moved inside of persist',
    () => defaults.remove('identify').append(stage('identify', nothing)),
    ["'persist' loads", "'identify' finds"],
  ],
  [
    'a list with persist outside of identify',
    () => new Pipeline([...defaults].toReversed()),
    ["'persist' loads"],
  ],
  ['a bare generator function', () => loose.before('flash', nothing as never), ['stage(name, hook)', 'got']],
  ['nothing instead of a stage', () => loose.after('flash', undefined as never), ['got undefined']],
  ['null instead of a stage', () => loose.replace('flash', null as never), ['got null']],
  ['an object that is no stage', () => loose.replace('flash', { name: 'mine' } as never), ["name: 'mine'"]],
]

for (const [what, edit, says] of refusals)
  test(`${what} is refused with a message that helps`, (t) => {
    const error = t.throws(edit, { instanceOf: SessionConfigError })
    for (const text of says) t.true(error.message.includes(text), `${error.message} does not say ${text}`)
  })

for (const [method, instead] of [
  ['push', 'append(stage)'],
  ['concat', 'append(stage)'],
  ['unshift', 'prepend(stage)'],
  ['pop', 'remove(name)'],
  ['shift', 'remove(name)'],
  ['filter', 'remove(name)'],
  ['map', 'replace(name, stage)'],
  ['splice', 'before(name, stage), after(name, stage), replace(name, stage) or remove(name)'],
  ['toSpliced', 'before(name, stage), after(name, stage), replace(name, stage) or remove(name)'],
] as const)
  test(`a pipeline is no array: ${method} says what to write instead`, (t) => {
    const { [method]: call } = defaults as unknown as Record<string, (stage: Stage) => unknown>
    const error = t.throws(() => call!(audit), { instanceOf: SessionConfigError })
    t.true(error.message.includes(`has no ${method}()`) && error.message.includes(instead), error.message)
  })

test('what it refuses does not show in a pipeline', (t) => {
  t.deepEqual(Object.keys(defaults), ['names'])
  const shown: string[] = []
  for (const key in defaults) shown.push(key)
  t.deepEqual(shown, ['names'])
})

test('a stage may be called handler', (t) => {
  const named = defaults.append(stage('handler', nothing))
  t.deepEqual(named.before('handler', audit).names, [...NAMES, 'audit', 'handler'])
})

test('identify without persist, and persist without identify, have no order', (t) => {
  t.notThrows(() => defaults.remove('persist').remove('identify').append(defaults.get('persist')))
  t.notThrows(() => defaults.remove('persist').remove('identify').append(defaults.get('identify')))
})

test('a message does not suggest a name that is nothing like the given one', (t) => {
  const error = t.throws(() => loose.get('zzzzzzzzzz'))
  t.notRegex(error.message, /did you mean/)
})
