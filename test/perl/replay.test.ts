import { existsSync } from 'node:fs'
import test from 'ava'
import { compareStep, type Deviations } from './compare.ts'
import { differenceOf } from './differences.ts'
import { Expectations } from './expectations.ts'
import { play } from './play.ts'
import { scenariosOf } from './scenario.ts'
import { standIn } from './settings.ts'

for (const system of ['catalyst', 'plack'] as const) {
  for (const scenario of scenariosOf(system)) {
    const { name, config, steps = [] } = scenario
    const difference = differenceOf(system, scenario)
    const bare = difference?.bare === true

    test(`${system} «${name}» ${difference ? `differs: ${difference.why}` : 'replays'}`, async (t) => {
      const expectations = new Expectations(system, scenario, bare)
      const found: Deviations = {}
      const { refused, leaked } = await play(t, system, scenario, bare, (at, ours, symbols) => {
        const step = steps[at]!
        const expected = expectations.of(step)
        Object.assign(found, compareStep(String(at), step, expected, ours, symbols))
      })
      if (refused !== undefined) t.log(refused)
      if ((refused === undefined) !== (scenario.observed === undefined)) found['refused'] = true

      t.deepEqual(found, difference?.ours ?? {})
      t.deepEqual(leaked, [], '14: no token is in an event or an error')
      const later = standIn(config['store'])
      if (later) t.false(existsSync(later.module), `${later.store} is here: let settings.ts replay on it`)
    })
  }
}
