// Measures a memory store of a million sessions: node --expose-gc build/test/stores/million.js
import { hash } from 'node:crypto'
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'
import { MemoryStore } from '../../src/stores/memory.ts'

const COUNT = Number(process.argv[2] ?? 1_000_000)
const MINUTE = 60_000
const idOf = (n: number): string => hash('sha256', String(n), 'base64url')
const textOf = (n: number): string =>
  `{"createdAt":${n},"idle":7200000}\n{"data":{"views":${n},"user":"user-${n}"}}`

let now = 1_700_000_000_000
let longestCollection = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestCollection = Math.max(longestCollection, duration)
}).observe({ entryTypes: ['gc'] })

/** Runs `work` for every number, with a turn of the event loop after each hundred; the longest of calls and turns counts. */
async function measure(name: string, work: (n: number) => void): Promise<void> {
  longestCollection = 0
  let longest = 0
  const began = performance.now()
  let last = began
  for (let n = 0; n < COUNT; n += 1) {
    work(n)
    const time = performance.now()
    longest = Math.max(longest, time - last)
    last = time
    if (n % 100 === 0) await turn()
  }
  report(name, performance.now() - began, longest)
}

function report(name: string, total: number, longest: number): void {
  const each = ((total / COUNT) * 1e6).toFixed(0)
  console.log(
    `${name.padEnd(28)} ${each.padStart(6)} ns each, longest pause ${longest.toFixed(1)} ms, ` +
      `of garbage collection ${longestCollection.toFixed(1)} ms`,
  )
}

globalThis.gc?.()
const before = process.memoryUsage()
const store = new MemoryStore({ max: COUNT, clock: () => now })
// Deadlines within half an hour, so that half of them are over after a quarter.
const deadline = (n: number): number => now + (n % (30 * 60)) * 1_000
await measure('insert', (n) => store.set(idOf(n), textOf(n), deadline(n), 'absent'))
globalThis.gc?.()
const after = process.memoryUsage()
console.log(
  `bytes per session: ${Math.round((after.heapUsed - before.heapUsed) / COUNT)} heap, ` +
    `${Math.round((after.arrayBuffers - before.arrayBuffers) / COUNT)} off heap`,
)
await measure('get', (n) => store.get(idOf((n * 7_919) % COUNT)))
await measure('touch', (n) => store.touch(idOf((n * 7_919) % COUNT), now, String(((n * 7_919) % COUNT) + 1)))
await measure('set', (n) => store.set(idOf((n * 7_919) % COUNT), textOf(n), deadline(n), 'present'))
await measure('set over the bound', (n) => store.set(idOf(COUNT + n), textOf(n), deadline(n), 'absent'))

/** Sweeps while the event loop is watched. */
async function sweep(name: string): Promise<void> {
  longestCollection = 0
  let longest = 0
  let over = false
  let last = performance.now()
  const watch = (): void => {
    const time = performance.now()
    longest = Math.max(longest, time - last)
    last = time
    if (!over) setImmediate(watch)
  }
  setImmediate(watch)
  const began = performance.now()
  const { removed } = await store.sweep()
  over = true
  report(`${name}, ${removed} gone`, performance.now() - began, longest)
}
await sweep('sweep, nothing due')
now += 16 * MINUTE
await sweep('sweep, half due')
now += 60 * MINUTE
await sweep('sweep, the rest')
if (globalThis.gc === undefined) console.log('Run with --expose-gc for exact sizes.')
store.close()
