import { openSync } from 'node:fs'
import { FileStore } from '../../../src/index.ts'
import { application } from '../application.ts'
import { type Answer, statuses } from '../client.ts'
import { injector } from '../inject.ts'
import { Findings } from './worker.ts'

/* To be run with `ulimit -n 320`; it leaves 64 of them to the store and all else. */
const [dir = ''] = process.argv.slice(2)
for (let taken = 0; taken < 320 - 64; taken += 1) openSync(process.execPath, 'r')

const AT_A_TIME = 500
const ask = injector(application({ store: new FileStore({ dir }), expiryThreshold: 0 }))
const findings = new Findings()

async function all(what: string, act: (n: number) => Promise<Answer>): Promise<Answer[]> {
  const answers = await Promise.all(Array.from({ length: AT_A_TIME }, (_, n) => act(n)))
  findings.equal(
    `64 descriptors: ${AT_A_TIME} requests at a time: ${what}`,
    statuses(answers),
    `200: ${AT_A_TIME}`,
  )
  return answers
}

const cookies = (await all('that begin a session', () => ask('/start'))).map(({ cookie }) => cookie)
await all('that read', (n) => ask('/data', cookies[n]))
await all('that write', (n) => ask('/put?key=a', cookies[n]))
await all('that update one and the same session', () => ask('/increment', cookies[0]))
await all('that touch', (n) => ask('/touch', cookies[n]))
await all('that destroy', (n) => ask('/destroy', cookies[n]))
findings.tell()
