import test from 'ava'
import { Comparison } from './compare.ts'
import { DIFFERENCES } from './differences.ts'
import { play } from './play.ts'
import { RULES } from './rules.ts'
import { scenariosOf } from './scenario.ts'

const applied = new Set<string>()

for (const system of ['catalyst', 'plack'] as const) {
  for (const scenario of scenariosOf(system)) {
    const difference = DIFFERENCES[system][scenario.name]
    const title = `${system}: «${scenario.name}» ${difference ? `differs: ${difference.why}` : 'replays'}`
    test(title, async (t) => {
      const comparison = new Comparison(system, difference?.bare === true)
      const { refused, leaked } = await play(t, system, scenario, (index, ours, symbols) =>
        comparison.step(index, scenario.steps![index]!, ours, symbols),
      )
      if (refused !== (scenario.observed?.setupError !== undefined)) comparison.deviations['refused'] = refused
      for (const name of comparison.applied) applied.add(name)
      t.deepEqual(comparison.deviations, difference?.ours ?? {})
      t.deepEqual(leaked, [], 'no token is in an event or an error')
    })
  }
}
void RULES
