// A process with one contender and one workload: sees whether its sessions work, warms up, then answers each message
// with the nanoseconds that a request took in a block of them.
import { application, CONTENDERS } from '../contenders/index.js'
import { readBack, seeded } from '../contenders/visitor.js'
import { WORKLOADS } from '../contenders/workloads.js'
import { Blocks } from './blocks.js'
import { Connection } from './driver.js'

const WARM_UP = 30_000
const BLOCK = 3_000
/** Not counted: while the others had their turns, they filled the processor's caches. */
const LEAD_IN = 800

const [name, workloadName] = process.argv.slice(2)
const contender = CONTENDERS[name]
const workload = WORKLOADS[workloadName]

/** Tells a failure as a message, so that the others can go on. */
async function answer(act) {
  try {
    process.send({ ns: await act() })
  } catch (error) {
    process.send({ failure: error.message })
  }
}

let blocks
await answer(async () => {
  const handle = application(contender, workload).callback()
  const connection = new Connection(handle)
  const send = (path, cookie) => connection.send(path, cookie)
  if (contender.keepsSessions) await readBack(send)
  const cookies = contender.keepsSessions ? await seeded(send, workload.visitors) : [undefined]
  blocks = new Blocks(handle, cookies, workload.rolling)
  return blocks.run(WARM_UP)
})
process.on('message', () =>
  answer(async () => {
    await blocks.run(LEAD_IN)
    return blocks.run(BLOCK)
  }),
)
