import { readFileSync } from 'node:fs'
import test from 'ava'
import { differenceOf, listed } from './differences.ts'
import { Expectations } from './expectations.ts'
import { RULES } from './rules.ts'
import { scenariosOf } from './scenario.ts'

const SYSTEMS = ['catalyst', 'plack'] as const

test('every scenario replays or is listed as a difference, and none is missing', (t) => {
  for (const [system, count] of [
    ['catalyst', 103],
    ['plack', 47],
  ] as const) {
    const scenarios = scenariosOf(system)
    const differing = scenarios.filter((scenario) => differenceOf(system, scenario))
    t.log(`${system}: ${scenarios.length - differing.length} replay, ${differing.length} differ on purpose`)
    t.is(scenarios.length, count)
    t.is(new Set(scenarios.map(({ name }) => name)).size, count)
  }
})

test('the differences name scenarios that exist', (t) => {
  for (const system of SYSTEMS) {
    const names = new Set(scenariosOf(system).map(({ name }) => name))
    t.deepEqual(
      listed(system).filter((name) => !names.has(name)),
      [],
    )
  }
})

test('every general rule concerns a scenario that replays', (t) => {
  const concerned = new Map<string, number>()
  for (const system of SYSTEMS) {
    for (const scenario of scenariosOf(system)) {
      if (differenceOf(system, scenario)) continue
      const expectations = new Expectations(system, scenario, false)
      for (const step of scenario.steps ?? []) expectations.of(step)
      for (const name of expectations.applied) concerned.set(name, (concerned.get(name) ?? 0) + 1)
    }
  }
  for (const { name } of RULES) {
    t.log(`${concerned.get(name) ?? 0} scenarios: ${name}`)
    t.true(concerned.has(name), name)
  }
})

test('the reasons name differences that the guide lists', (t) => {
  const guide = readFileSync(new URL('../../../docs/from-perl.md', import.meta.url), 'utf8')
  const [, list = ''] = guide.split('## Deliberate differences')
  const numbers = new Set([...list.matchAll(/^(\d+)\. /gm)].map(([, number]) => number))
  t.true(numbers.size > 0)
  const reasons = [
    ...RULES.map(({ why }) => why),
    ...SYSTEMS.flatMap((system) =>
      scenariosOf(system).map((scenario) => differenceOf(system, scenario)?.why ?? ''),
    ),
  ]
  for (const reason of reasons)
    for (const [, number] of reason.matchAll(/(?:^|\. |Difference )(\d+):/g))
      t.true(numbers.has(number), reason)
})
