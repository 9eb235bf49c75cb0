import { AssertionError } from 'node:assert'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { skippedByReason, storeConformance } from '../../src/testing/index.ts'
import type { ConformanceCase, ConformanceOptions } from '../../src/testing/index.ts'
import type { Store } from '../../src/stores/store.ts'
import type { Broken } from './broken/broken.ts'
import { brokenDeadlines } from './broken/deadlines.ts'
import { brokenLives } from './broken/life.ts'
import { brokenLocks } from './broken/locks.ts'
import { brokenRecords } from './broken/records.ts'
import { brokenTouches } from './broken/touches.ts'
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
      'processes: what one process sets, a touch of the others never extends',
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
  brokenTouches,
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
    // Long enough for other processes to start.
    const patience = options.processes === undefined ? 500 : 2_500
    const cases = await casesOf({ ...options, patience })
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

test('what a store does not claim is skipped, with the reason', async (t) => {
  const cases = await casesOf({ create: (clock) => new NaiveStore(clock) })
  const reasons = new Set([...cases.values()].flatMap(({ skip }) => skip ?? []))
  t.deepEqual([...reasons].toSorted(), [
    "no 'processes' given to the suite",
    "no 'reopen' given to the suite",
    "the store does not claim 'expires'",
    "the store does not claim 'lock'",
    "the store does not claim 'shared'",
  ])
})

test('what is skipped can be shown by its reason', async (t) => {
  const cases = await storeConformance({ create: (clock) => new NaiveStore(clock) })
  const skipped = skippedByReason(cases)
  t.true(skipped.size < 6)
  t.deepEqual(
    [...skipped.values()].flat().toSorted(),
    cases.flatMap(({ name, skip }) => (skip === undefined ? [] : name)).toSorted(),
  )
})

test('a store with a clock of its own is spared the cases that move the clock', async (t) => {
  const cases = await casesOf({ create: () => new NaiveStore(Date.now), ownClock: true })
  t.is(
    cases.get('expiry: a touched record outlives its first deadline')?.skip,
    'the store has a clock of its own',
  )
  for (const [name, { skip, run }] of cases) if (skip === undefined) await t.notThrowsAsync(run, name)
})

test('every case has a name of its own', async (t) => {
  const cases = await storeConformance({ create: (clock) => new FaultyStore({ clock }), faults })
  t.is(new Set(cases.map(({ name }) => name)).size, cases.length)
})

test('an error of the store fails its case, and is the cause', async (t) => {
  const down = new Error('down')
  const cases = await casesOf({
    create: (clock) =>
      new (class extends NaiveStore {
        override get(): never {
          throw down
        }
      })(clock),
  })
  const error = await t.throwsAsync(cases.get('basics: an id that was never set has no record')!.run, {
    instanceOf: AssertionError,
    message: 'the store failed: Error: down',
  })
  t.is(error?.cause, down)
})

test('a case that does not end fails, and its store is disposed of', async (t) => {
  const disposed: unknown[] = []
  const cases = await casesOf({
    create: (clock) =>
      new (class extends NaiveStore {
        override get(): Promise<never> {
          return new Promise(() => {})
        }
      })(clock),
    dispose: (store) => void disposed.push(store),
    patience: 20,
  })
  disposed.length = 0
  await t.throwsAsync(cases.get('basics: an id that was never set has no record')!.run, {
    message: 'the case was not over after 20 ms',
  })
  t.is(disposed.length, 1)
})

test('a store that cannot be made is no list of cases', async (t) => {
  await t.throwsAsync(storeConformance({ create: () => Promise.reject(new Error('no place')) }), {
    message: 'no place',
  })
})
