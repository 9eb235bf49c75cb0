// npm run bench -- http [rounds] [workloads] [contenders]
// npm run bench -- http 9 read,write ours
//
// What is left of bare Koa's throughput over HTTP: keep-alive, 32 connections, 64 visitors; a contender and bare Koa
// take turns, and each turn is compared with the one that bare Koa had in the same round. Load and server need a
// processor each. A server that has to wait for one, or for the load, is nearer to bare Koa than it should be: so
// the requests for each second of its processor's time are compared too, and the smaller ratio is the one that counts.
import { cpus } from 'node:os'
import { chosen } from '../choice.js'
import { CONTENDERS } from '../contenders/index.js'
import { WORKLOADS } from '../contenders/workloads.js'
import { median, quartiles } from '../quantiles.js'
import { duel } from './duel.js'

const ENOUGH = 3
/** Of bare Koa's throughput, at least, for ours with the store in memory. */
const TARGETS = { read: 0.68, write: 0.66, new: 0.63 }
const HEAD = ['', 'throughput', 'quartiles', 'by processor time', 'quartiles', 'p99', 'busy', 'target', '']

const [first, ...rest] = process.argv.slice(2)
const rounds = first === undefined ? ENOUGH : Number(first)
if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError(`Expected a number of rounds, got ${first}.`)
const workloads = chosen(rest[0], Object.keys(TARGETS))
const contenders = chosen(rest[1], Object.keys(CONTENDERS)).filter((name) => name !== 'bare')

console.log(`Node ${process.version}, ${cpus().length} processors, ${rounds} rounds; ratios to bare Koa.`)
if (rounds < ENOUGH) console.log(`Fewer than ${ENOUGH} rounds show the direction only.`)

keepAwake()
const remarks = ['busy: how much of a processor the less busy of the two servers had']
for (const workload of workloads) {
  console.log(`\n### ${workload}: ${WORKLOADS[workload].title}\n`)
  console.log(`| ${HEAD.join(' | ')} |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |`)
  for (const name of contenders) {
    const { title } = CONTENDERS[name]
    const { results, failure } = await duel(name, workload, rounds)
    if (failure === undefined) console.log(`| ${[title, ...row(name, workload, results)].join(' | ')} |`)
    else remarks.push(`${workload}: ${title} was not measured: ${failure}`)
  }
}
remarks.push('not measured: other workloads, more visitors, TLS, a network between load and server')
console.log(`\n${remarks.map((remark) => `- ${remark}`).join('\n')}`)
process.exit()

/**
 * A load that sleeps has to be woken by each answer, and the server pays for that: the kernel wakes it in the very
 * call that sends. The fastest server never lets it sleep, and would look faster than it is.
 */
function keepAwake() {
  setImmediate(keepAwake)
}

function row(name, workload, results) {
  const of = (what) => results.map((result) => result[what])
  const [throughput, capacity] = [median(of('throughput')), median(of('capacity'))]
  const target = name === 'ours' ? TARGETS[workload] : undefined
  const met = Math.min(throughput, capacity) >= target
  return [
    throughput.toFixed(2),
    spread(of('throughput')),
    capacity.toFixed(2),
    spread(of('capacity')),
    median(of('p99')).toFixed(1),
    `${Math.round(median(of('busy')) * 100)} %`,
    ...(target === undefined ? ['', ''] : [target, met ? 'met' : 'missed']),
  ]
}

function spread(values) {
  return quartiles(values)
    .map((value) => value.toFixed(2))
    .join(' – ')
}
