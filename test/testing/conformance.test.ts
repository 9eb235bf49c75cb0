import { AssertionError } from 'node:assert'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { storeConformance } from '../../src/testing/index.ts'
import type { ConformanceCase, ConformanceOptions } from '../../src/testing/index.ts'
import type { Store } from '../../src/stores/store.ts'
import type { Broken } from './broken/broken.ts'
import { brokenDeadlines } from './broken/deadlines.ts'
import { brokenLives } from './broken/life.ts'
import { brokenLocks } from './broken/locks.ts'
import { brokenRecords } from './broken/records.ts'
import { brokenWrites } from './broken/writes.ts'
import { FaultyStore, faults } from './faulty-store.ts'
import { NaiveStore } from './naive-store.ts'
import { aloneOptions, remoteOptions } from './remote-options.ts'

const brokenProcesses: readonly Broken[] = [
  {
    how: 'other processes have records of their own',
    options: aloneOptions(),
    fails: [
      'processes: what one process sets, touches and deletes, the others see',
      'processes: increments of several processes are all counted',
      'processes: of several processes that create, one succeeds',
      'processes: what one process deletes, no other brings back',
      'processes: records outlive a process that was killed',
    ],
  },
  {
    how: 'processes check the condition, and write later',
    options: remoteOptions('ReadThenWrite'),
    fails: [
      'processes: increments of several processes are all counted',
      'processes: of several processes that create, one succeeds',
      'processes: what one process deletes, no other brings back',
    ],
  },
  {
    how: 'locks hold in one process',
    options: remoteOptions('LockAlone'),
    fails: ['processes: one holder at a time in several processes'],
  },
  {
    how: 'the lock of a dead process is never free',
    options: remoteOptions('LockForever'),
    fails: ['processes: the lock of a process that was killed goes to the next'],
  },
  {
    how: 'something goes on after close',
    options: remoteOptions('NeverEnds'),
    fails: ['processes: a closed store lets its process end'],
  },
]

const brokenStores = [
  brokenRecords,
  brokenDeadlines,
  brokenWrites,
  brokenLocks,
  brokenLives,
  brokenProcesses,
].flat()

async function casesOf<S extends Store>(
  options: ConformanceOptions<S>,
): Promise<Map<string, ConformanceCase>> {
  return new Map((await storeConformance(options)).map((each) => [each.name, each]))
}

for (const { how, options, fails } of brokenStores) {
  test(`a broken store is found out: ${how}`, async (t) => {
    const cases = await casesOf({ ...options, patience: 500 })
    for (const name of fails) {
      const found = cases.get(name)
      if (found === undefined) t.fail(`there is no case '${name}'`)
      else await t.throwsAsync(found.run, { instanceOf: AssertionError }, name)
    }
  })
}

test('every case of the suite is failed by some broken store', async (t) => {
  const all = await casesOf({ ...remoteOptions(), faults: [] })
  const withFaults = await casesOf({ create: (clock) => new FaultyStore({ clock }), faults })
  const failed = new Set(brokenStores.flatMap(({ fails }) => fails))
  t.deepEqual(
    [...new Set([...all.keys(), ...withFaults.keys()])].filter((name) => !failed.has(name)),
    [],
  )
})

async function assertSound<S extends Store>(
  t: ExecutionContext,
  options: ConformanceOptions<S>,
): Promise<void> {
  for (const { name, skip, run } of await storeConformance(options)) {
    if (skip === undefined) await t.notThrowsAsync(run, name)
  }
}

test('a sound store passes: one that several processes reach', (t) => assertSound(t, remoteOptions()))

test('a sound store passes: one whose faults can be brought about', (t) =>
  assertSound(t, { create: (clock) => new FaultyStore({ clock }), faults }))

test('a sound store passes: the simplest', (t) =>
  assertSound(t, { create: (clock) => new NaiveStore(clock) }))
