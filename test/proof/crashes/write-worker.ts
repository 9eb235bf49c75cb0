import { randomBytes } from 'node:crypto'
import { FileStore } from '../../../src/index.ts'
import { type Entry, fillerOf, format, LATER, parse } from './entry.ts'

/* Writes to one record until it is killed, and tells the parent of every write that was acknowledged. */
const [dir = '', id = ''] = process.argv.slice(2)
const store = new FileStore({ dir, sweepInterval: false })
process.once('disconnect', () => process.exit())

async function increment(): Promise<void> {
  for (;;) {
    const stored = await store.get(id)
    const entry = parse(stored!.data) as Entry
    const next = format(entry.count + 1, fillerOf(randomBytes(1)[0]!))
    if ((await store.set(id, next, LATER, { version: stored!.version })).ok) return
  }
}

/** What else goes on in a store, so that kills hit that too. */
async function besides(round: number): Promise<void> {
  const other = `other ${process.pid} ${round}`
  if (round % 3 === 0) await store.touch(id, LATER + round, (await store.get(id))?.version ?? '')
  if (round % 5 === 0) await store.set(other, 'short-lived', LATER, 'absent')
  if (round % 5 === 0) await store.delete(other)
  if (round % 7 === 0) await (await store.lock(id, { wait: 10_000, lease: 60_000 })).release()
  if (round % 11 === 0) await store.sweep({ limit: 1 })
}

for (let round = 1; ; round += 1) {
  await increment()
  await new Promise((resolve) => process.send!('counted', resolve))
  await besides(round)
}
