// npm run bench -- overhead [rounds]: what sessions cost in process, over bare Koa, against koa-session 7.
//
// Each contender has processes of its own for each workload; they take turns, a few thousand requests at a time, in
// random order, and processor time is what counts, so that what else the machine does matters little. Trust the
// ratios, not the microseconds.
import { Worker } from './turns.js'

const ROUNDS = Number(process.argv[2] ?? 7)
const PROCESSES = 3
const CONTENDERS = ['bare', 'koa-session', 'ours']
const WORKLOADS = {
  w1: 'no cookie, untouched',
  w1c: 'cookie, untouched',
  w2: 'read',
  w3: 'write',
  w4: 'new session',
  w5r: 'read, 10 KB',
  w5w: 'write, 10 KB',
}
/** What ours may cost at most: for w1 all of it over bare Koa, else its overhead over that of koa-session. */
const TARGETS = { w1: 1.2, w1c: 0.12, w2: 0.12, w3: 0.15, w4: 0.35, w5r: 0.12, w5w: 0.15 }

const only = process.argv[3]?.split(',')
console.log('| workload | bare Koa, µs | koa-session 7 adds, µs | we add, µs | ratio | target |')
console.log('| --- | ---: | ---: | ---: | ---: | ---: |')
for (const [workload, name] of Object.entries(WORKLOADS)) {
  if (only && !only.includes(workload)) continue
  const [bare, theirs, ours] = await compare(workload)
  const ratio = workload === 'w1' ? (bare + ours) / bare : ours / theirs
  const cells = [bare, theirs, ours].map((ns) => (ns / 1000).toFixed(2))
  console.log(`| ${workload} ${name} | ${cells.join(' | ')} | ${ratio.toFixed(3)} | ${TARGETS[workload]} |`)
}

/**
 * Nanoseconds of bare Koa, and what the others add to it. Of several processes of one contender the fastest
 * counts: now and then the engine compiles one of them badly, for as long as it lives.
 */
async function compare(workload) {
  const teams = CONTENDERS.map((name) => Array.from({ length: PROCESSES }, () => new Worker(name, workload)))
  const workers = teams.flat()
  for (const worker of workers) await worker.ready
  for (let round = 0; round < ROUNDS; round += 1) for (const worker of shuffled(workers)) await worker.go()
  for (const worker of workers) worker.stop()
  const [bare, ...others] = teams.map((team) => Math.min(...team.map((worker) => worker.median)))
  return [bare, ...others.map((ns) => ns - bare)]
}

function shuffled(values) {
  return [...values]
    .map((value) => [Math.random(), value])
    .toSorted(([left], [right]) => left - right)
    .map(([, value]) => value)
}
