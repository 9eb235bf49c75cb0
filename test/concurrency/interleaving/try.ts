import { MemoryStore } from '../../../src/index.ts'
import { Lab } from './lab.ts'
import { ACTS, choices, histories, everyNth, type Act } from './steps.ts'
const mode = process.argv[2] as 'merge'
const kind = process.argv[3]!
const nth = Number(process.argv[4] ?? 1)
const lab = new Lab((clock) => new MemoryStore({ clock }), mode)
let n = 0, bad = 0
const t = performance.now()
const seen = new Map<string, number>()
const singles = ACTS.map((a): Act[] => [a])
const doubles = ACTS.flatMap((a) => ACTS.map((b): Act[] => [a, b]))
function* all() {
  const sets = kind === 'two' ? choices(singles, 2) : kind === 'double' ? choices(doubles, 2) : choices(singles, 3)
  for (const programs of sets) yield* histories(programs, true)
}
for (const h of everyNth(all(), nth)) {
    n++
    const faults = await lab.run(h)
    if (faults.length) { bad++; const k = String(faults[0]) ; seen.set(k, (seen.get(k) ?? 0) + 1)
      if (seen.get(k)! <= 1 && seen.size < 20) console.log(h.map((m) => m.join('.')).join(' '), faults) }
  }
console.log(n, bad, performance.now() - t, seen)
