import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { ask, begin, dataOf, statuses } from '../../proof/client.ts'
import { kill } from '../../servers/process.ts'
import { redisIsHere, RedisServer, withRedisInTurn } from '../../servers/redis.ts'
import type { Kind } from './clients.ts'

const WORKER = fileURLToPath(new URL('./fleet-worker.js', import.meta.url))
/** Both kinds of client side by side. */
const FLEET: readonly Kind[] = ['ioredis', 'redis', 'ioredis', 'redis']
const INCREMENTS = 1000
const LOGOUTS = 60

const redis = redisIsHere ? await RedisServer.start() : undefined
const children = redis ? FLEET.map((kind) => fork(WORKER, [kind, String(redis.port)])) : []
const ports = await Promise.all(children.map(portOf))
const urls = ports.map((port) => `http://127.0.0.1:${port}`)

async function portOf(child: ChildProcess): Promise<number> {
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`exit code ${code}`)))
  const [port] = (await Promise.race([once(child, 'message'), failed])) as [number]
  return port
}

test.after.always(async () => {
  await Promise.all(children.map(kill))
  await redis?.stop()
})

withRedisInTurn(
  `four processes on one Redis: ${INCREMENTS} parallel increments count ${INCREMENTS}`,
  async (t) => {
    const cookie = await begin(urls[0]!)
    const began = performance.now()
    const asked = Array.from({ length: INCREMENTS }, (_, n) =>
      ask(urls[n % urls.length]!, '/increment', cookie),
    )
    const answers = await Promise.all(asked)
    t.log(`${Math.round(performance.now() - began)} ms`)
    t.is(statuses(answers), `200: ${INCREMENTS}`)
    for (const url of urls) t.is((await dataOf(url, cookie))['count'], INCREMENTS)
  },
)

withRedisInTurn(
  `four processes on one Redis: what one ends, no slow request of the others brings back`,
  async (t) => {
    let overtaken = 0
    for (let round = 0; round < LOGOUTS; round += 1) {
      const [a, b, c, d] = urls.map((_, n) => urls[(n + round) % urls.length]!) as [
        string,
        string,
        string,
        string,
      ]
      const cookie = await begin(a)
      const slow = ['/put?key=a', '/put?key=b', '/increment', '/plain-increment', '/touch', '/put?key=c']
      const answers = await Promise.all([
        ...slow.slice(0, 3).map((path, n) => ask([a, b, c][n]!, path, cookie)),
        ask(d, '/destroy', cookie),
        ...slow.slice(3).map((path, n) => ask([c, a, b][n]!, path, cookie)),
      ])
      t.is(answers[3]!.status, 200)
      overtaken += answers.filter(({ status }) => status !== 200).length
      for (const url of urls)
        t.like(await dataOf(url, cookie), { isNew: true, count: undefined, a: undefined })
    }
    t.log(`${overtaken} requests of ${LOGOUTS * 6} came too late and said so`)
  },
)
