import test from 'ava'
import { ACCOUNTS, accounts } from './accounts.ts'
import { crashes } from './crashes.ts'
import { stepClock } from './faults/clock.ts'
import { damageContents, damageFiles } from './faults/damage.ts'
import { loseFolder } from './faults/folder.ts'
import { fillDisk } from './faults/full.ts'
import { sendGarbage } from './faults/garbage.ts'
import { fleetInTwoVersions } from './migrations.ts'
import { Report } from './program.ts'
import { RACES, races } from './races.ts'

/* The proof programs in a very short form. One at a time: all of them keep the machine busy. */

const PROOFS: Readonly<Record<string, (report: Report) => Promise<void>>> = {
  'parallel requests of one session lose nothing': (report) =>
    races(report, { ...RACES, increments: 100, manyProcesses: 0, keys: 60, locked: 60 }),
  'all sessions of a subject end, whatever they are doing': (report) =>
    accounts(report, { ...ACCOUNTS, logins: 100, sessions: 20 }),
  'kill -9 loses, tears and locks nothing': (report) => crashes(report, { kills: 9 }),
  'a full disk keeps the old values, and says so': fillDisk,
  'a clock that steps an hour back and forth neither ends nor revives sessions': (report) =>
    stepClock(report, 25),
  'while the folder is away requests fail, and nobody is logged out': loseFolder,
  'random bytes for a token are no session': (report) => sendGarbage(report, 100),
  'damaged files are set aside': (report) => damageFiles(report, 20),
  'a fleet of which one half is updated logs nobody out, and loses no key': (report) =>
    fleetInTwoVersions(report, { seconds: 2, visitors: 8 }),
  'damaged contents are no session': (report) => damageContents(report, 10),
}

for (const [claim, proof] of Object.entries(PROOFS)) {
  test.serial(claim, async (t) => {
    t.timeout(120_000)
    const report = new Report(() => undefined)
    await proof(report)
    for (const skipped of report.skipped) t.log(`skipped: ${skipped}`)
    t.deepEqual(report.failures, [])
  })
}
