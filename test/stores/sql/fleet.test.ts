import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { Knex } from 'knex'
import { ask, begin, dataOf, statuses } from '../../proof/client.ts'
import { Postgres } from '../../servers/postgres.ts'

const PROCESSES = 4
const INCREMENTS = 1_000
const LOCKED = 200
const RACES = 25

interface Urls {
  readonly merge: string
  readonly lock: string
}

const times = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

const server = await Postgres.start()
if (typeof server === 'string') test.skip(`PostgreSQL: ${server}`, () => undefined)
else declare(server)

function declare(server: Postgres): void {
  const processes: ChildProcess[] = []
  let fleet: Urls[] = []

  test.before(async () => {
    const database = server.connect()
    const { client, connection } = database.client.config as Knex.Config
    await database.destroy()
    const argument = JSON.stringify({ client, connection })
    const worker = fileURLToPath(new URL('fleet-worker.js', import.meta.url))
    // All at once, so that they make the table together too.
    fleet = await Promise.all(
      times(PROCESSES, async () => {
        const child = fork(worker, [argument])
        processes.push(child)
        const [urls] = (await once(child, 'message')) as [Urls]
        return urls
      }),
    )
  })

  test.after.always(async () => {
    for (const child of processes) child.kill('SIGKILL')
    await server.dispose()
  })

  const count = async (urls: readonly string[], path: string, many: number): Promise<object> => {
    const cookie = await begin(urls[0]!)
    const began = performance.now()
    const answers = await Promise.all(times(many, (n) => ask(urls[n % urls.length]!, path, cookie)))
    const ms = Math.round(performance.now() - began)
    const counts = await Promise.all(urls.map(async (url) => (await dataOf(url, cookie))['count']))
    return { counts: [...new Set(counts)], statuses: statuses(answers), ms }
  }

  test.serial('1000 increments in parallel, by update, over four processes', async (t) => {
    const seen = await count(
      fleet.map(({ merge }) => merge),
      '/increment',
      INCREMENTS,
    )
    t.log(seen)
    t.like(seen, { counts: [INCREMENTS], statuses: `200: ${INCREMENTS}` })
  })

  test.serial('read, think, write, under the lock, over four processes', async (t) => {
    const seen = await count(
      fleet.map(({ lock }) => lock),
      '/plain-increment',
      LOCKED,
    )
    t.log(seen)
    t.like(seen, { counts: [LOCKED], statuses: `200: ${LOCKED}` })
  })

  test.serial('a session that is destroyed while others write it stays destroyed', async (t) => {
    const urls = fleet.map(({ merge }) => merge)
    for (let race = 0; race < RACES; race += 1) {
      const cookie = await begin(urls[0]!)
      const paths = times(8, (n) => (n === race % 8 ? '/destroy' : `/put?key=k${n}`))
      paths.push('/increment', '/touch')
      const answers = await Promise.all(
        paths.map((path, n) => ask(urls[(n + race) % urls.length]!, path, cookie)),
      )
      t.is(answers[race % 8]!.status, 200)
      for (const url of urls) {
        const { body } = await ask(url, '/data', cookie)
        t.like(body.result, { isNew: true, count: undefined })
      }
    }
  })
}
