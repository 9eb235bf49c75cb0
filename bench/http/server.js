// A process that serves one contender with one workload, and answers when it is asked for the port and for the
// processor time that it has used, in microseconds.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { application, CONTENDERS } from '../contenders/index.js'
import { WORKLOADS } from '../contenders/workloads.js'

const [name, workload] = process.argv.slice(2)
const server = createServer(application(CONTENDERS[name], WORKLOADS[workload]).callback())
const listening = once(server.listen(0, '127.0.0.1'), 'listening')

process.on('message', async () => {
  await listening
  const { user, system } = process.cpuUsage()
  process.send({ port: server.address().port, processor: user + system })
})
