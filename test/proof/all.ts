import { ACCOUNTS, accounts } from './accounts.ts'
import { CRASHES, crashes } from './crashes.ts'
import { FAULTS, faults } from './faults.ts'
import { fleetInTwoVersions, MIGRATIONS } from './migrations.ts'
import { type Report, runAsProgram } from './program.ts'
import { RACES, races } from './races.ts'

/* All proofs, one after another: in their short forms, or with `--long 1` in their long ones. */

const LONG_RACES = { ...RACES, rounds: 5, increments: 2000, manyIncrements: 1000, keys: 200 }
const LONG_ACCOUNTS = { ...ACCOUNTS, rounds: 5 }
const LONG_CRASHES = { ...CRASHES, kills: 300 }
const LONG_FAULTS = { ...FAULTS, steps: 2000, requests: 20_000, files: 1000 }
const LONG_MIGRATIONS = { seconds: 60, visitors: 40 }

async function all(report: Report, { long }: { readonly long: number }): Promise<void> {
  await races(report, long ? LONG_RACES : RACES)
  await accounts(report, long ? LONG_ACCOUNTS : ACCOUNTS)
  await crashes(report, long ? LONG_CRASHES : CRASHES)
  await faults(report, long ? LONG_FAULTS : FAULTS)
  await fleetInTwoVersions(report, long ? LONG_MIGRATIONS : MIGRATIONS)
}

await runAsProgram(import.meta.filename, { long: 0 }, all)
