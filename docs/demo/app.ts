import type { AddressInfo } from 'node:net'
import { Website } from './website.ts'

const website = new Website()
const host = process.env['HOST'] ?? '127.0.0.1'
const server = website.app.listen(Number(process.env['PORT'] ?? 3000), host)

server.on('listening', () => {
  console.info(`The demo listens on http://${host}:${(server.address() as AddressInfo).port}`)
})
server.on('error', (error: NodeJS.ErrnoException) => {
  console.error(error.code === 'EADDRINUSE' ? 'The port is taken: set PORT to another one.' : error.message)
  process.exitCode = 1
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close()
    // Pages that are open lose their stream, and what their sandboxes have stored is removed. Browsers keep connections
    // and would come back over them.
    void website.close().finally(() => server.closeAllConnections())
  })
}
