// A WebSocket that has the session of its page, and is closed when the visitor logs out.
import { createServer, type Server } from 'node:http'
import Koa from 'koa'
import { session, type SessionContext } from 'koa-session-pipeline'
import { type WebSocket, WebSocketServer } from 'ws'

interface Chatter {
  user?: string
  said?: number
}

const app = new Koa<Koa.DefaultState, SessionContext<Chatter>>()
const sessions = session<Chatter>(app)
app.use(sessions)
app.use(async (ctx) => {
  if (ctx.path === '/logout') await ctx.session.destroy('logout')
  else ctx.session.user = 'Ann'
  ctx.body = ctx.session.user ?? 'Good-bye.'
})

export const server: Server = createServer(app.callback())
const sockets = new WebSocketServer({ noServer: true })

server.on('upgrade', async (req, socket, head) => {
  const own = await sessions.open(req).catch(() => undefined)
  if (!own) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
  return sockets.handleUpgrade(req, socket, head, (client: WebSocket) => {
    own.signal.addEventListener('abort', () => client.close(4401, own.endReason))
    client.on('close', () => own.close())
    client.on('message', async (text) => {
      const said = await own.update((data) => (data.said = (data.said ?? 0) + 1))
      client.send(`${own.user} (${said}): ${(text as Buffer).toString()}`)
    })
  })
})

server.listen(process.env['PORT'] ?? 3000)
