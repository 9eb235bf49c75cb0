// One contender, one workload: warms up, then answers each message with the nanoseconds a request took.
import { setImmediate } from 'node:timers/promises'
import { CONTENDERS, WORK } from './contenders.js'
import { driver } from './driver.js'

const WARM_UP = 30_000
const REQUESTS = 4_000
const IN_FLIGHT = 8
const [contender, workload] = process.argv.slice(2)
const request = driver(CONTENDERS[contender](WORK[workload]))

// A session of its own for each request that is in flight.
const cookies = []
for (let n = 0; n < IN_FLIGHT; n += 1) {
  const seeded = ['w1', 'w4'].includes(workload) ? undefined : await request(`/seed-${workload}`)
  cookies.push(
    seeded
      ?.getHeader('set-cookie')
      ?.map?.((line) => line.split(';')[0])
      .join('; '),
  )
}

/** Nanoseconds of processor time for a request; the time on the wall would count what else the machine does. */
async function go(requests) {
  const before = process.cpuUsage()
  await Promise.all(
    cookies.map(async (cookie) => {
      for (let n = 0; n < requests / IN_FLIGHT; n += 1) {
        // As a request of the network would: in a turn of the event loop of its own.
        await setImmediate()
        await request('/', cookie)
      }
    }),
  )
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / requests
}

await go(WARM_UP)
process.send('ready')
process.on('message', async () => process.send(await go(REQUESTS)))
