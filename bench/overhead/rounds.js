import { fork } from 'node:child_process'
import { ask } from '../ask.js'

/** Then new processes take over: now and then the engine compiles one of them badly, for as long as it lives. */
const ROUNDS_OF_A_PROCESS = 9

/**
 * Plays the rounds of one workload. In each of them all contenders take a turn, in random order. Resolves to the
 * nanoseconds that each took in each round, and to why some could not be measured.
 */
export async function play(names, workload, rounds) {
  const taken = Object.fromEntries(names.map((name) => [name, []]))
  const failures = {}
  for (let left = rounds; left > 0; left -= ROUNDS_OF_A_PROCESS) {
    const players = await start(names, workload, failures)
    for (let round = Math.min(left, ROUNDS_OF_A_PROCESS); round > 0; round -= 1) {
      for (const [name, child] of shuffled(Object.entries(players))) {
        if (!(name in failures)) taken[name].push(await nanoseconds(child, 'go', name, failures))
      }
    }
    for (const child of Object.values(players)) child.kill()
  }
  for (const name of Object.keys(failures)) delete taken[name]
  return { taken, failures }
}

/** A process for each, one after the other, so that none warms up beside another. */
async function start(names, workload, failures) {
  const players = {}
  for (const name of names) {
    if (name in failures) continue
    const child = fork(new URL('worker.js', import.meta.url), [name, workload], {
      env: { ...process.env, NODE_ENV: 'production' },
    })
    players[name] = child
    await nanoseconds(child, undefined, name, failures)
  }
  return players
}

async function nanoseconds(child, message, name, failures) {
  try {
    const { ns, failure } = await ask(child, message)
    if (failure !== undefined) failures[name] = failure
    return ns
  } catch (error) {
    failures[name] = error.message
    return undefined
  }
}

function shuffled(values) {
  return values
    .map((value) => [Math.random(), value])
    .toSorted(([left], [right]) => left - right)
    .map(([, value]) => value)
}
