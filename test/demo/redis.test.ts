import test from 'ava'
import request from 'superagent'
import { RedisServer, withRedis } from '../servers/redis.ts'
import { startDemo } from './demo-process.ts'
import { Visitor } from './visitor.ts'

withRedis('where Redis runs, the demo offers it, and leaves nothing behind', async (t) => {
  const redis = await RedisServer.start()
  t.teardown(() => redis.stop())
  const demo = await startDemo({ REDIS_URL: redis.url })
  t.teardown(() => demo.stop('SIGKILL'))
  const visitor = await Visitor.arrive(demo.url)
  t.true(visitor.catalog.stores.some(({ name }) => name === 'redis'))
  await visitor.ask('setup', { store: 'redis', state: 'cookie' })
  await visitor.play('life')
  t.true(visitor.reports.at(-1)!.store.after[0]!.lines.includes('d"views":1'))
  t.deepEqual((await visitor.play('race')).table!.rows[0], ['Each sets a key of its own', '19', '0', '0'])
  const { createClient } = await import('redis')
  const client = createClient({ url: redis.url })
  await client.connect()
  t.teardown(() => client.destroy())
  t.true((await client.dbSize()) > 0)
  t.is((await request.get(demo.url)).status, 200)
  t.is(await demo.stop(), 0)
  t.is(await client.dbSize(), 0)
})

test('where no Redis runs, the demo does not offer it', async (t) => {
  const demo = await startDemo({ REDIS_URL: undefined })
  t.teardown(() => demo.stop('SIGKILL'))
  const visitor = await Visitor.arrive(demo.url)
  t.teardown(() => visitor.leave())
  t.deepEqual(
    visitor.catalog.stores.map(({ name }) => name),
    ['memory', 'file', 'sealed'],
  )
  t.is((await visitor.send('setup', { store: 'redis', state: 'cookie' }).ok(() => true)).status, 400)
})
