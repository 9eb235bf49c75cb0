// Preloaded into a program of the manual: its servers listen on free ports, answer one request, and end.
import { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

// oxlint-disable-next-line typescript/unbound-method -- called with its server below
const listen = Server.prototype.listen as (...given: unknown[]) => Server

Server.prototype.listen = function (this: Server): Server {
  this.once('listening', async () => {
    const { port } = this.address() as AddressInfo
    const { status } = await fetch(`http://127.0.0.1:${port}/`)
    process.stderr.write(`answered with ${status}\n`)
    this.closeAllConnections()
    this.close()
    // A sweeper or a client may keep the process; the program has shown what it does.
    setImmediate(() => process.exit(status < 500 ? 0 : 1))
  })
  return listen.call(this, 0, '127.0.0.1')
} as typeof Server.prototype.listen
