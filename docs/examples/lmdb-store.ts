import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Koa from 'koa'
import { session } from 'koa-session-pipeline'
import { LmdbStore } from 'koa-session-pipeline/stores/lmdb'
import { open } from 'lmdb'

const dir = process.env['SESSION_DIR'] ?? join(tmpdir(), 'lmdb-example')
const store = new LmdbStore({ open, dir })

const app = new Koa()
app.use(session(app, { store }))
app.use((ctx) => {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.body = `${ctx.session.views} views, for every process of this machine`
})

export const server = app.listen(process.env['PORT'] ?? 3000)

server.once('close', () => store.close())
