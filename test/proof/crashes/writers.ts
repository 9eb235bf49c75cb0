import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { FileStore } from '../../../src/index.ts'
import { idOf } from '../../helpers/file-folder.ts'
import { kill, startProcess, withFolder } from '../fleet.ts'
import type { Report } from '../program.ts'
import { format, LATER, parse } from './entry.ts'
import { checkLitter } from './servers.ts'

const WRITERS = 2
const LONGEST_LIFE = 60
/** A lock that cannot be had for so many milliseconds counts as permanent. */
const BOUND = 4_000

/** Kills processes that write to the store without a server in between: every write races with another. */
export async function killWriters(report: Report, kills: number): Promise<void> {
  await withFolder(async (dir) => {
    const store = new FileStore({ dir, sweepInterval: false })
    const id = idOf('shared')
    await store.set(id, format(0, ''), LATER, 'absent')
    let acknowledged = 0
    let slowest = 0
    let wrong = ''
    let killed = 0
    for (; killed < kills; killed += WRITERS) {
      const writers = Array.from({ length: WRITERS }, () => startProcess('crashes/write-worker', [dir, id]))
      for (const writer of writers) writer.on('message', () => (acknowledged += 1))
      await Promise.all(writers.map((writer) => once(writer, 'message')))
      await setTimeout(Math.random() * LONGEST_LIFE)
      await Promise.all(writers.map(kill))
      const began = performance.now()
      wrong ||= await look(store, id, acknowledged).catch(String)
      slowest = Math.max(slowest, performance.now() - began)
    }
    await store.close()
    const detail = `${acknowledged} writes acknowledged`
    report.check(
      `writers: after each of ${killed} kills nothing acknowledged is lost, nothing is torn`,
      wrong === '',
      wrong || detail,
    )
    report.check(
      'writers: the next write and the next lock are had at once',
      slowest < BOUND,
      `slowest ${Math.round(slowest)} ms`,
    )
    // A writer that was killed between making and deleting its other record has left that.
    await checkLitter(report, 'writers', dir, 1 + killed)
  })
}

async function look(store: FileStore, id: string, acknowledged: number): Promise<string> {
  const stored = await store.get(id)
  if (!stored) return 'the record is gone'
  const entry = parse(stored.data)
  if (!entry) return 'the record is torn'
  if (entry.count < acknowledged) return `${entry.count} writes, ${acknowledged} acknowledged`
  const { ok } = await store.set(id, stored.data, LATER, { version: stored.version })
  if (!ok) return 'a write was refused though nobody else writes'
  await (await store.lock(id, { wait: BOUND, lease: 1_000 })).release()
  return ''
}
