import assert from 'node:assert/strict'
import { LONGEST } from '../../checks/duration.ts'
import { RETENTION } from '../../stores/store.ts'
import { DAY, HOUR, MINUTE, times, together, turn } from './trial.ts'
import type { Definition, Trial } from './trial.ts'

/** Gives a store occasions to clear up: by operations, by its own timers, or as its author says. */
async function untilGone(trial: Trial, ids: readonly string[]): Promise<void> {
  await trial.options.expire?.(trial.store)
  for (let round = 0; !trial.over; round += 1) {
    const found = await together(ids.length, (n) => trial.store.get(ids[n]!))
    if (found.every((record) => record === undefined)) return
    await trial.store.set(`other ${round % 10}`, 'data', trial.from(HOUR), round < 10 ? 'absent' : 'present')
    await turn()
  }
}

async function assertUntouched(trial: Trial, ids: readonly string[], when: string): Promise<void> {
  await trial.store.sweep?.()
  for (const id of ids) assert.ok(await trial.store.get(id), `a record was lost ${when}`)
}

export const expiry: readonly Definition[] = [
  {
    name: 'a record past its deadline is returned for another minute',
    needs: ['clock'],
    async run(trial) {
      const expiresAt = trial.from(HOUR)
      await trial.create('id', 'data', expiresAt)
      for (const time of [expiresAt, expiresAt + 1, expiresAt + RETENTION - 1]) {
        trial.clock.set(time)
        const record = await trial.store.get('id')
        assert.ok(record, `the record was gone ${time - expiresAt} ms after its deadline`)
        assert.equal(record.expiresAt, expiresAt)
      }
    },
  },
  {
    name: 'a record past its deadline counts as present',
    needs: ['clock'],
    async run(trial) {
      await trial.create('id', 'data', trial.from(HOUR))
      trial.clock.advance(HOUR + 1)
      const created = await trial.store.set('id', 'new', trial.from(HOUR), 'absent')
      assert.equal(created.ok, false, 'an expired record was taken for none')
      assert.equal(await trial.touch('id', trial.from(HOUR)), true, 'touch did not find an expired record')
      trial.clock.advance(HOUR + 1)
      const updated = await trial.store.set('id', 'new', trial.from(HOUR), 'present')
      assert.equal(updated.ok, true, "'present' did not find an expired record")
    },
  },
  {
    name: 'a record whose deadline has passed when it is set is kept for a minute',
    needs: ['clock'],
    async run(trial) {
      const expiresAt = trial.from(-1)
      await trial.create('id', 'data', expiresAt)
      assert.equal((await trial.read('id')).expiresAt, expiresAt)
      await assertUntouched(trial, ['id'], 'before its minute was over')
    },
  },
  {
    name: 'far deadlines are kept to the millisecond',
    async run(trial) {
      const spans = [2 ** 31 - 1, 2 ** 31, 2 ** 32 + 1, 30 * DAY + 7, 400 * DAY, 3_650 * DAY + 1, LONGEST - 1]
      for (const [n, span] of spans.entries()) {
        const expiresAt = trial.from(span)
        await trial.create(`set ${n}`, 'data', expiresAt)
        assert.equal((await trial.read(`set ${n}`)).expiresAt, expiresAt, `set: ${span} ms ahead`)
        await trial.create(`touch ${n}`, 'data', trial.from(HOUR))
        await trial.touch(`touch ${n}`, expiresAt)
        assert.equal((await trial.read(`touch ${n}`)).expiresAt, expiresAt, `touch: ${span} ms ahead`)
      }
    },
  },
  {
    name: 'records with far deadlines outlive months',
    needs: ['clock'],
    async run(trial) {
      const ids = [2 ** 31 + DAY, 2 ** 32 + DAY, LONGEST].map((span) => `${span}`)
      for (const id of ids) await trial.create(id, 'data', trial.from(Number(id)))
      for (const span of [HOUR, DAY, 20 * DAY]) {
        trial.clock.advance(span)
        await assertUntouched(trial, ids, 'long before its deadline')
      }
      trial.clock.advance(28 * DAY)
      await assertUntouched(trial, ids.slice(2), 'long before its deadline')
    },
  },
  {
    name: 'a clock that steps an hour ahead and back loses nothing',
    needs: ['clock'],
    async run(trial) {
      const ids = times(20, (n) => `id ${n}`)
      for (const id of ids) await trial.create(id, 'data', trial.from(2 * HOUR))
      for (const step of [HOUR, -HOUR, -HOUR, HOUR, -5 * HOUR, 6 * HOUR]) {
        trial.clock.advance(step)
        await trial.create(`at ${trial.clock()} after ${step}`, 'data', trial.from(2 * HOUR))
        await assertUntouched(trial, ids, `by a step of ${step / HOUR} hours`)
      }
    },
  },
  {
    name: 'a touched record outlives its first deadline',
    needs: ['clock'],
    async run(trial) {
      await trial.create('id', 'data', trial.from(HOUR))
      await trial.touch('id', trial.from(3 * HOUR))
      trial.clock.advance(HOUR + 2 * MINUTE)
      await assertUntouched(trial, ['id'], 'although touch had moved its deadline')
    },
  },
  {
    name: 'expired records vanish by themselves, and live ones stay',
    needs: ['expires', 'clock'],
    async run(trial) {
      const expired = times(20, (n) => `expired ${n}`)
      for (const id of expired) await trial.create(id, 'data', trial.from(HOUR + Number(id.slice(8))))
      await trial.create('live', 'data', trial.from(3 * DAY))
      trial.clock.advance(DAY)
      await untilGone(trial, expired)
      assert.ok(await trial.store.get('live'), 'a live record vanished with the expired ones')
    },
  },
]
