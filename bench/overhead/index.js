// npm run bench -- overhead [rounds]: what sessions cost in process, over bare Koa, against koa-session 7.
//
// Each contender has a process of its own for each workload; they take turns, a few thousand requests at a time, in
// random order, so that a busy machine slows all of them. Trust the ratios, not the microseconds.
import { fork } from 'node:child_process'
import { once } from 'node:events'

const ROUNDS = Number(process.argv[2] ?? 15)
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

/** Median nanoseconds: of bare Koa, and what the others add to it. */
async function compare(workload) {
  const workers = CONTENDERS.map((name) => fork(new URL('./worker.js', import.meta.url), [name, workload]))
  const samples = CONTENDERS.map(() => [])
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const turn of shuffled(CONTENDERS.keys())) {
      workers[turn].send('go')
      const [ns] = await once(workers[turn], 'message')
      samples[turn].push(ns)
    }
  }
  for (const worker of workers) worker.kill()
  const [bare] = samples
  return samples.map((one) => median(one === bare ? one : one.map((ns, round) => ns - bare[round])))
}

function shuffled(values) {
  return [...values]
    .map((value) => [Math.random(), value])
    .toSorted(([left], [right]) => left - right)
    .map(([, value]) => value)
}

function median(values) {
  return values.toSorted((left, right) => left - right)[values.length >> 1]
}
