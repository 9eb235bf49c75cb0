import { MemoryStore } from '../../src/index.ts'
import { application } from './application.ts'
import { ask, begin, dataOf, serveHere, statuses } from './client.ts'
import { withFleet } from './fleet.ts'
import { type Report, runAsProgram } from './program.ts'

/* Parallel requests of one session, over HTTP: nothing that was answered with 200 is missing afterwards. */

export const RACES = {
  rounds: 1,
  processes: 4,
  /** The second group, on the same cookie. */
  manyProcesses: 10,
  increments: 1000,
  keys: 60,
  locked: 400,
}

const PATIENT = { mode: 'lock', wait: '2m', maxWaiters: 100_000 } as const

export async function races(report: Report, amounts: typeof RACES): Promise<void> {
  for (let round = 0; round < amounts.rounds; round += 1) {
    await inOneProcess(report, amounts)
    await onOneFolder(report, amounts.processes, amounts)
    await onOneFolder(report, amounts.manyProcesses, amounts)
  }
}

async function inOneProcess(report: Report, amounts: typeof RACES): Promise<void> {
  const where = 'one process, MemoryStore'
  for (const mode of ['merge', 'last-write', PATIENT] as const) {
    const { url, stop } = await serveHere(application({ store: new MemoryStore(), concurrency: mode }))
    try {
      await raceInMode(report, where, [url], mode, amounts)
    } finally {
      stop()
    }
  }
}

async function onOneFolder(report: Report, processes: number, amounts: typeof RACES): Promise<void> {
  const where = `${processes} processes, FileStore`
  for (const mode of ['merge', 'last-write', PATIENT] as const) {
    await withFleet(processes, { concurrency: mode }, async (servers) => {
      const urls = servers.map(({ url }) => url)
      await raceInMode(report, where, urls, mode, amounts)
    })
  }
}

async function raceInMode(
  report: Report,
  where: string,
  urls: readonly string[],
  mode: 'merge' | 'last-write' | typeof PATIENT,
  { increments, keys, locked }: typeof RACES,
): Promise<void> {
  const name = typeof mode === 'string' ? mode : mode.mode
  if (name !== 'lock') await count(report, `${where}, ${name}: update`, urls, '/increment', increments)
  if (name === 'merge') await assign(report, `${where}, ${name}`, urls, keys)
  if (name === 'lock') {
    await count(report, `${where}, ${name}: update`, urls, '/increment', Math.ceil(locked / 4))
    await count(report, `${where}, ${name}: plain read-modify-write`, urls, '/plain-increment', locked)
  }
}

async function count(
  report: Report,
  what: string,
  urls: readonly string[],
  path: string,
  times: number,
): Promise<void> {
  const cookie = await begin(urls[0]!)
  const began = performance.now()
  const answers = await Promise.all(
    Array.from({ length: times }, (_, n) => ask(urls[n % urls.length]!, path, cookie)),
  )
  const ms = Math.round(performance.now() - began)
  const counts = await Promise.all(urls.map(async (url) => (await dataOf(url, cookie))['count']))
  const holds = answers.every(({ status }) => status === 200) && counts.every((count) => count === times)
  report.check(
    `${what}, ${times} in parallel count ${times}`,
    holds,
    `${[...new Set(counts)].join()}; ${statuses(answers)}; ${ms} ms`,
  )
}

async function assign(report: Report, where: string, urls: readonly string[], keys: number): Promise<void> {
  const cookie = await begin(urls[0]!)
  const answers = await Promise.all(
    Array.from({ length: keys }, (_, n) => ask(urls[n % urls.length]!, `/put?key=key${n}&value=${n}`, cookie)),
  )
  const data = await dataOf(urls.at(-1)!, cookie)
  const there = Array.from({ length: keys }, (_, n) => data[`key${n}`] === n).filter(Boolean).length
  report.check(
    `${where}: ${keys} keys assigned in parallel are all there`,
    there === keys && answers.every(({ status }) => status === 200),
    `${there}; ${statuses(answers)}`,
  )
}

await runAsProgram(import.meta.filename, RACES, races)
