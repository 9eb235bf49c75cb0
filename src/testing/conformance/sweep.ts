import assert from 'node:assert/strict'
import { RETENTION } from '../../stores/store.ts'
import type { SweepOptions } from '../../stores/store.ts'
import { HOUR, MINUTE, times, together, turn } from './trial.ts'
import type { Definition, Trial } from './trial.ts'

/** Sweeps until done; the sum of what went. */
async function sweepAll({ store }: Trial, options?: SweepOptions): Promise<number> {
  let removed = 0
  for (let calls = 0; calls < 1_000; calls += 1) {
    const result = await store.sweep!(options)
    removed += result.removed
    if (result.done) return removed
  }
  throw new assert.AssertionError({ message: 'a thousand sweeps were not enough to be done' })
}

/** A store that expires by itself may have been there before the sweep. */
function assertCount({ store }: Trial, removed: number, count: number): void {
  const right = store.capabilities.expires ? removed <= count : removed === count
  assert.ok(right, `${count} records were removed, and the sweeps report ${removed}`)
}

async function createMany(trial: Trial, name: string, count: number, ms: number): Promise<string[]> {
  const ids = times(count, (n) => `${name} ${n}`)
  for (const id of ids) await trial.create(id, 'data', trial.from(ms))
  return ids
}

export const sweeping: readonly Definition[] = [
  {
    name: 'there is nothing to sweep in an empty store',
    needs: ['sweep'],
    async run({ store }) {
      const { removed, done } = await store.sweep!()
      assert.deepEqual({ removed, done }, { removed: 0, done: true })
    },
  },
  {
    name: 'a sweep removes what expired more than a minute ago, and nothing else',
    needs: ['sweep', 'clock'],
    async run(trial) {
      const old = await createMany(trial, 'old', 30, HOUR)
      const recent = await createMany(trial, 'recent', 30, HOUR + 2)
      const live = await createMany(trial, 'live', 30, 2 * HOUR)
      trial.clock.advance(HOUR + RETENTION + 1)
      assertCount(trial, await sweepAll(trial), old.length)
      for (const id of old)
        await trial.assertGone(id, 'a record that expired over a minute ago is still there')
      for (const id of recent)
        assert.ok(await trial.store.get(id), 'a record went before its minute was over')
      for (const id of live) assert.ok(await trial.store.get(id), 'a live record was swept away')
    },
  },
  {
    name: 'a record that was touched or set since is not swept away',
    needs: ['sweep', 'clock'],
    async run(trial) {
      await createMany(trial, 'id', 2, HOUR)
      await trial.touch('id 0', trial.from(3 * HOUR))
      await trial.store.set('id 1', 'data', trial.from(3 * HOUR), 'present')
      trial.clock.advance(HOUR + 2 * MINUTE)
      assert.equal(await sweepAll(trial), 0, 'a record was swept away by its former deadline')
      await trial.read('id 0')
      await trial.read('id 1')
    },
  },
  {
    name: 'a sweep stops at its limit, and the next goes on',
    needs: ['sweep', 'clock'],
    async run(trial) {
      const ids = await createMany(trial, 'id', 10, HOUR)
      trial.clock.advance(HOUR + 2 * MINUTE)
      const first = await trial.store.sweep!({ limit: 3 })
      assert.ok(first.removed <= 3, `the limit was 3, and ${first.removed} were removed`)
      const left = (await together(ids.length, (n) => trial.store.get(ids[n]!))).some(
        (record) => record !== undefined,
      )
      assert.equal(first.done, !left, 'the sweep is wrong about being done')
      assertCount(trial, first.removed + (await sweepAll(trial, { limit: 3 })), 10)
      for (const id of ids) await trial.assertGone(id, 'an expired record is still there')
    },
  },
  {
    name: 'what was swept away is absent',
    needs: ['sweep', 'clock'],
    async run(trial) {
      const version = await trial.create('id', 'data', trial.from(HOUR))
      trial.clock.advance(HOUR + 2 * MINUTE)
      await sweepAll(trial)
      assert.equal(
        await trial.store.touch('id', trial.from(HOUR), version),
        false,
        'touch found a swept record',
      )
      const updated = await trial.store.set('id', 'data', trial.from(HOUR), { version })
      assert.equal(updated.ok, false, 'a version brought a swept record back')
      assert.notEqual(await trial.create('id'), version, 'a version came back after a sweep')
    },
  },
  {
    name: 'a sweep among sets and touches removes no live record',
    needs: ['sweep', 'clock'],
    async run(trial) {
      const old = await createMany(trial, 'old', 50, HOUR)
      const revived = await createMany(trial, 'revived', 25, HOUR)
      const touched = await createMany(trial, 'touched', 25, HOUR)
      const updated = await createMany(trial, 'updated', 25, HOUR)
      trial.clock.advance(HOUR + RETENTION - 1)
      const keepBusy = (): unknown[] => [
        ...touched.map((id) => trial.touch(id, trial.from(HOUR))),
        ...updated.map((id) => trial.store.set(id, 'new', trial.from(HOUR), 'present')),
      ]
      await Promise.all(keepBusy())
      trial.clock.advance(2)
      const created = times(25, (n) => `created ${n}`)
      const creating = created.map(async (id) => {
        await turn()
        await trial.create(id)
      })
      // It may be too late for these; those for which it is not must stay.
      const reviving = revived.map(async (id) => {
        await turn()
        return trial.store.set(id, 'new', trial.from(HOUR), 'present')
      })
      await Promise.all([sweepAll(trial, { limit: 7 }), ...keepBusy(), ...creating])
      await sweepAll(trial)
      for (const [n, { ok }] of (await Promise.all(reviving)).entries()) {
        if (ok) assert.ok(await trial.store.get(revived[n]!), 'a record that was just set was swept away')
      }
      for (const id of old) await trial.assertGone(id, 'an expired record is still there')
      for (const id of [...touched, ...updated, ...created]) {
        assert.ok(await trial.store.get(id), 'a live record was swept away')
      }
    },
  },
  {
    name: 'two sweeps at once do not get in each other’s way',
    needs: ['sweep', 'clock'],
    async run(trial) {
      const ids = await createMany(trial, 'id', 40, HOUR)
      await trial.create('live')
      trial.clock.advance(HOUR + 2 * MINUTE)
      // One may leave the work to the other, and may report it as its own.
      for (const removed of await Promise.all([sweepAll(trial), sweepAll(trial)])) {
        assert.ok(removed <= 40, `40 records were removed, and a sweep reports ${removed}`)
      }
      await sweepAll(trial)
      for (const id of ids) await trial.assertGone(id, 'an expired record is still there')
      await trial.read('live')
    },
  },
]
