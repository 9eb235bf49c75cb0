// npm run bench -- overhead [rounds] [workloads] [contenders]
// npm run bench -- overhead 27 read,write ours,reference
//
// What sessions cost in process, over bare Koa, against koa-session 7. Each contender has a process of its own for
// each workload; they take turns, 3 000 requests at a time, and each turn is compared with the one that bare Koa had
// in the same round. The microseconds say more about the machine than about us; the ratios are what counts.
import { cpus } from 'node:os'
import { CONTENDERS } from '../contenders/index.js'
import { WORKLOADS } from '../contenders/workloads.js'
import { chosen } from '../choice.js'
import { play } from './rounds.js'
import { table } from './table.js'

const ENOUGH = 9
/** All are compared with these. */
const NEEDED = ['bare', 'koa-session', 'koa-session-cookie']
const NEVER = [
  'the kernel, the HTTP parser and the network (`npm run bench -- http` has them)',
  'how long a request waits: for a store, for another request of its session',
  'memory; stores on disk; extending a deadline; options other than the defaults',
]

const [first, ...rest] = process.argv.slice(2)
const rounds = first === undefined || first === '' ? ENOUGH : Number(first)
if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError(`Expected a number of rounds, got ${first}.`)
const workloads = chosen(rest[0], Object.keys(WORKLOADS))
const contenders = chosen(rest[1], Object.keys(CONTENDERS), NEEDED)

console.log(`Node ${process.version}, ${cpus().length} processors, ${rounds} rounds.`)
if (rounds < ENOUGH) console.log(`Fewer than ${ENOUGH} rounds show the direction only.`)

const notMeasured = []
for (const workload of workloads) {
  const { title } = WORKLOADS[workload]
  const { taken, failures } = await play(contenders, workload, rounds)
  console.log(`\n### ${workload}: ${title}\n\n${table(workload, taken)}`)
  for (const [name, reason] of Object.entries(failures))
    notMeasured.push(`${workload}: ${CONTENDERS[name].title}: ${reason}`)
}

const leftOut = [...without(WORKLOADS, workloads), ...without(CONTENDERS, contenders)]
if (leftOut.length > 0) notMeasured.push(`left out: ${leftOut.join(', ')}`)
console.log(`\nNot measured:\n${[...notMeasured, ...NEVER].map((line) => `- ${line}`).join('\n')}`)

function without(all, kept) {
  return Object.keys(all).filter((name) => !kept.includes(name))
}
