import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import request from 'superagent'
import { RedisServer, withRedis } from '../servers/redis.ts'

withRedis('fleet-redis.ts counts, also after the server of the application was started again', async (t) => {
  const redis = await RedisServer.start()
  t.teardown(() => redis.stop())
  process.env['PORT'] = '0'
  process.env['REDIS_URL'] = redis.url
  const visitor = request.agent()
  for (const run of [1, 2]) {
    // The address tells one run of the program from the next.
    const { server } = (await import(
      `../../docs/examples/fleet-redis.js?run=${run}`
    )) as typeof import('../../docs/examples/fleet-redis.ts')
    const { port } = server.address() as AddressInfo
    const answer = await visitor.get(`http://127.0.0.1:${port}/`)
    t.is(answer.text, `${run} views, counted by all of us`)
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
})
