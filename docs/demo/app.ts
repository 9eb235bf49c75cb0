import type { AddressInfo } from 'node:net'
import { bodyParser } from '@koa/bodyparser'
import Koa from 'koa'
import { routes } from './routes.ts'
import { demoSessions, openStore } from './sessions.ts'
import { PAGE_HEADERS } from './style.ts'

const store = openStore()
const app = new Koa()
const sessions = demoSessions(app, store)

app.use((ctx, next) => {
  ctx.set(PAGE_HEADERS)
  return next()
})
app.use(bodyParser({ enableTypes: ['form'], formLimit: '10kb' }))
app.use(sessions)
app.use(routes(sessions.stages).routes())

const host = process.env['HOST'] ?? '127.0.0.1'
const server = app.listen(Number(process.env['PORT'] ?? 3000), host)

server.on('listening', () => {
  console.info(`The demo listens on http://${host}:${(server.address() as AddressInfo).port}`)
})
server.on('error', (error: NodeJS.ErrnoException) => {
  console.error(error.code === 'EADDRINUSE' ? 'The port is taken: set PORT to another one.' : error.message)
  process.exitCode = 1
  void store.close()
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    // Requests that run are answered, and what they store is stored, before the process ends.
    server.close(() => void store.close())
    server.closeIdleConnections()
  })
}
