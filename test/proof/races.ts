import { MemoryStore } from '../../src/index.ts'
import { application } from './application.ts'
import { ask, begin, dataOf, serveHere, statuses } from './client.ts'
import { type Mode, MODES, withFleet } from './fleet.ts'
import { type Report, runAsProgram } from './program.ts'

/* Parallel requests of one session, over HTTP: nothing that was answered with 200 is missing afterwards. */

export const RACES = {
  rounds: 1,
  processes: 4,
  increments: 1000,
  /** A second group of processes, one session again. 0: none. */
  manyProcesses: 10,
  manyIncrements: 300,
  keys: 60,
  locked: 400,
}

export async function races(report: Report, amounts: typeof RACES): Promise<void> {
  for (let round = 0; round < amounts.rounds; round += 1) {
    await inOneProcess(report, amounts)
    await onOneFolder(report, amounts.processes, amounts)
    const increments = amounts.manyIncrements
    if (amounts.manyProcesses > 0)
      await onOneFolder(report, amounts.manyProcesses, { ...amounts, increments })
  }
}

async function inOneProcess(report: Report, amounts: typeof RACES): Promise<void> {
  for (const mode of Object.keys(MODES) as Mode[]) {
    const { url, stop } = await serveHere(application({ store: new MemoryStore(), concurrency: MODES[mode] }))
    await raceInMode(report, 'one process, MemoryStore', [url], mode, amounts).finally(stop)
  }
}

async function onOneFolder(report: Report, processes: number, amounts: typeof RACES): Promise<void> {
  await withFleet(processes, async (servers) => {
    for (const mode of Object.keys(MODES) as Mode[]) {
      const urls = servers.map((server) => server.urls[mode])
      await raceInMode(report, `${processes} processes, FileStore`, urls, mode, amounts)
    }
  })
}

async function raceInMode(
  report: Report,
  where: string,
  urls: readonly string[],
  mode: Mode,
  { increments, keys, locked }: typeof RACES,
): Promise<void> {
  const what = `${where}, ${mode}`
  // Under the lock all of them queue up, so fewer will do.
  await count(report, `${what}: update`, urls, '/increment', mode === 'lock' ? locked : increments)
  if (mode === 'lock')
    await count(report, `${what}: plain read-modify-write`, urls, '/plain-increment', locked)
  if (mode !== 'last-write') await assign(report, what, urls, keys)
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
  const asked = Array.from({ length: times }, (_, n) => ask(urls[n % urls.length]!, path, cookie))
  const answers = await Promise.all(asked)
  const ms = Math.round(performance.now() - began)
  const counts = await Promise.all(urls.map(async (url) => (await dataOf(url, cookie))['count']))
  report.check(
    `${what}: ${times} in parallel count ${times}`,
    answers.every(({ status }) => status === 200) && counts.every((count) => count === times),
    `${[...new Set(counts)].join()}; ${statuses(answers)}; ${ms} ms`,
  )
}

async function assign(report: Report, what: string, urls: readonly string[], keys: number): Promise<void> {
  const cookie = await begin(urls[0]!)
  const asked = Array.from({ length: keys }, (_, n) =>
    ask(urls[n % urls.length]!, `/put?key=key${n}&value=${n}`, cookie),
  )
  const answers = await Promise.all(asked)
  const data = await dataOf(urls.at(-1)!, cookie)
  const there = Array.from({ length: keys }, (_, n) => data[`key${n}`] === n).filter(Boolean).length
  report.check(
    `${what}: ${keys} keys assigned in parallel are all there`,
    there === keys && answers.every(({ status }) => status === 200),
    `${there}; ${statuses(answers)}`,
  )
}

await runAsProgram(import.meta.filename, RACES, races)
