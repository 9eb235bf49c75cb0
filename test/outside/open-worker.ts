import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { FileStore, session } from '../../src/index.ts'

/*
 * A process on the sessions of a folder. With an id it ends that session. Without, it makes one, opens it and never
 * lets it go, which keeps no process alive.
 */

const [dir = '', id] = process.argv.slice(2)
const app = new Koa()
const sessions = session(app, { store: new FileStore({ dir, sweepInterval: false }) })
if (id === undefined) {
  app.use(sessions)
  app.use(async (ctx) => {
    ctx['session'].user = 'Ann'
    await ctx['session'].save()
    ctx.body = ctx['session'].id as string
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}/`)
  const open = await sessions.open({ id: await answer.text() }, { recheck: '1h' })
  console.log(open?.['user'])
  server.closeAllConnections()
  server.close()
} else {
  const open = await sessions.open({ id })
  await open?.destroy('ended elsewhere')
}
