import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { SessionError } from '../../../src/errors.ts'
import { LmdbStore } from '../../../src/stores/lmdb/index.ts'

/* Fills its disk, and tells what a store does then. Run on a small file system. */
const dir = process.argv[2]!
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))
// What LMDB itself has to say about it.
console.error = () => undefined
const store = new LmdbStore({ open, dir: join(dir, 'sessions'), sweepInterval: false })
const later = Date.now() + 3_600_000
const codeOf = (error: unknown): string => (error instanceof SessionError ? error.code : String(error))
const outcome = (work: Promise<unknown>): Promise<unknown> => work.catch(codeOf)

await store.set('id', 'before', later, 'absent')
await store.set('other', 'before', later, 'absent')
const filler = join(dir, 'filler')
try {
  for (;;) writeFileSync(filler, randomBytes(4_096), { flag: 'a' })
} catch {
  // Full.
}
const big = randomBytes(200_000).toString('hex')
const replace = await outcome(store.set('id', big, later, 'present'))
const create = await outcome(store.set('new', big, later, 'absent'))
const read = store.get('id')?.data
writeFileSync(filler, '')
const recovered = await outcome(store.set('id', 'after', later, 'present').then(({ ok }) => ok))
const after = store.get('id')?.data
await store.close()
await new Promise((resolve) => setTimeout(resolve, 50))
process.stdout.write(
  JSON.stringify({ replace, create, read, recovered, after, unhandled: unhandled.map(String) }),
)
