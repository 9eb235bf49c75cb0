import test from 'ava'
import { FileStore, MemoryStore, type Store } from '../../src/index.ts'
import { newFolder } from '../helpers/file-folder.ts'
import { CachingStore, DigestStore, ForgetfulStore, HeedlessStore } from './interleaving/broken-stores.ts'
import { Lab } from './interleaving/lab.ts'
import { everyNth, histories, type History, shortHistories } from './interleaving/steps.ts'

// What would take too long is sampled. All of it, 3.3 million histories: HISTORIES=all ava --timeout=2h.
const sampled = (items: Iterable<History>, nth: number): Iterable<History> =>
  everyNth(items, process.env['HISTORIES'] === 'all' ? 1 : nth)

const show = (history: History): string => history.map((move) => move.join(' ')).join(', ')

/** Plays the histories; what went wrong in the first one that the model does not agree with. */
async function play(lab: Lab, played: Iterable<History>): Promise<{ count: number; fault?: string }> {
  let count = 0
  for (const history of played) {
    count++
    const faults = await lab.run(history)
    if (faults.length > 0) return { count, fault: [show(history), ...faults].join('\n') }
  }
  return { count }
}

const inMemory = (clock: () => number): Store => new MemoryStore({ clock })

const KINDS: Readonly<Record<string, () => Iterable<History>>> = {
  'two requests of one act each': () => histories(2, 1),
  'two requests of two acts each': () => sampled(histories(2, 2), 601),
  'three requests of two steps each': () => shortHistories(3),
  'three requests of three steps each': () => sampled(histories(3, 1), 1009),
}

test.serial('every order of the steps of two and three requests agrees with the model', async (t) => {
  for (const [kind, all] of Object.entries(KINDS)) {
    const { count, fault } = await play(new Lab(inMemory), all())
    t.is(fault, undefined)
    t.log(`${count} histories of ${kind}`)
  }
})

// Each was wrong at some time, and the samples need not hold it.
const ONCE_WRONG: readonly string[] = [
  'A load, A remove, B load, A end, B login, B end, clock expire',
  'B load, B remove, A load, A change, B end, A login, A end, clock expire',
  'A load, A changeId, B load, B destroy, B changeId, A end, B end, clock expire',
  'A load, A changeId, B load, B destroy, B login, A end, B end, clock expire',
  'A load, A changeId, B load, clock expire, B destroy, B changeId, A look, B end, A end',
  'A load, B load, A changeId, A end, B destroy, clock expire, B end',
  'B load, A load, A change, A changeId, B destroy, B destroy, A end, clock expire, B end',
  'A load, A look, B load, A login, B touch, A end, clock expire, B destroy, B end',
]

test.serial('so do histories that were once wrong', async (t) => {
  const read = (history: string): History =>
    history.split(', ').map((move) => move.split(' ') as unknown as History[number])
  t.is((await play(new Lab(inMemory), ONCE_WRONG.map(read))).fault, undefined)
})

test.serial('so it is when the last request to finish writes all its data', async (t) => {
  const { count, fault } = await play(new Lab(inMemory, 'last-write'), histories(2, 1))
  t.is(fault, undefined)
  t.log(`${count} histories`)
})

test.serial('the same histories agree with the model on disk', async (t) => {
  const dir = newFolder(t)
  const open = (clock: () => number): Store => new FileStore({ dir, clock, sweepInterval: false })
  for (const [kind, all] of Object.entries(KINDS)) {
    const { count, fault } = await play(new Lab(open), sampled(everyNth(all(), 37), 3))
    t.is(fault, undefined)
    t.log(`${count} histories of ${kind}`)
  }
})

for (const [what, Broken] of Object.entries({
  'writes over newer versions': HeedlessStore,
  'remembers what it has read': CachingStore,
  'gives one version twice': DigestStore,
  'forgets that a session has moved': ForgetfulStore,
})) {
  test.serial(`the model catches a store that ${what}`, async (t) => {
    const { count, fault } = await play(new Lab((clock) => new Broken({ clock })), histories(2, 1))
    t.truthy(fault)
    t.log(`history ${count}: ${fault}`)
  })
}
