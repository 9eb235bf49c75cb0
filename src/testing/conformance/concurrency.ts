import assert from 'node:assert/strict'
import { DAY, HOUR, times, together, turn } from './trial.ts'
import type { Definition, Trial } from './trial.ts'
import { increment } from './increment.ts'

const TASKS = 8
const ROUNDS = 25

const incrementOften = async ({ store }: Trial): Promise<void> => {
  for (const _ of times(ROUNDS, (n) => n)) await increment(store, 'id')
}

export const concurrency: readonly Definition[] = [
  {
    name: 'parallel increments under the version last read are all counted',
    needs: ['atomic'],
    async run(trial) {
      await trial.create('id', '0')
      await together(TASKS, () => incrementOften(trial))
      assert.equal((await trial.read('id')).data, String(TASKS * ROUNDS), 'increments were lost')
    },
  },
  {
    name: 'increments are counted while touches rain down',
    needs: ['atomic'],
    async run(trial) {
      await trial.create('id', '0')
      const rain = { over: false }
      const storm = async (): Promise<void> => {
        while (!rain.over && !trial.over) {
          const { version } = await trial.read('id')
          if (!(await trial.store.touch('id', trial.from(2 * DAY), version))) {
            assert.notEqual((await trial.read('id')).version, version, 'touch lost sight of the record')
          }
          await turn()
        }
      }
      const storms = times(4, storm)
      await together(TASKS, () => incrementOften(trial)).finally(() => (rain.over = true))
      await Promise.all(storms)
      assert.equal((await trial.read('id')).data, String(TASKS * ROUNDS), 'a touch undid a set')
    },
  },
  {
    name: 'of many that create, one succeeds',
    needs: ['atomic'],
    async run(trial) {
      for (const id of times(20, (n) => `id ${n}`)) {
        const results = await together(TASKS, (n) =>
          trial.store.set(id, `data ${n}`, trial.from(HOUR), 'absent'),
        )
        const winners = results.flatMap(({ ok }, n) => (ok ? [n] : []))
        assert.equal(winners.length, 1, `${winners.length} created the same record`)
        await trial.assertData(
          id,
          `data ${winners[0]}`,
          'the record is not the record of the writer that succeeded',
        )
      }
    },
  },
  {
    name: 'of many that read the same version, one succeeds',
    needs: ['atomic'],
    async run(trial) {
      for (const id of times(20, (n) => `id ${n}`)) {
        const version = await trial.create(id)
        const results = await together(TASKS, (n) =>
          trial.store.set(id, `data ${n}`, trial.from(HOUR), { version }),
        )
        const winners = results.flatMap(({ ok }, n) => (ok ? [n] : []))
        assert.equal(winners.length, 1, `${winners.length} overwrote the same version`)
        await trial.assertData(
          id,
          `data ${winners[0]}`,
          'the record is not the record of the writer that succeeded',
        )
      }
    },
  },
  {
    name: 'a record that is deleted while sets and touches run stays deleted',
    needs: ['atomic'],
    async run(trial) {
      const { store } = trial
      for (const id of times(20, (n) => `id ${n}`)) {
        const version = await trial.create(id)
        await Promise.all([
          ...times(5, () => store.touch(id, trial.from(2 * DAY), version)),
          ...times(5, (n) => store.set(id, `data ${n}`, trial.from(HOUR), 'present')),
          store.set(id, 'data', trial.from(HOUR), { version }),
          store.delete(id),
          ...times(5, () => store.touch(id, trial.from(2 * DAY), version)),
          ...times(5, (n) => store.set(id, `data ${n}`, trial.from(HOUR), 'present')),
          store.set(id, 'data', trial.from(HOUR), { version }),
        ])
        await trial.assertGone(id, 'a set or a touch brought a deleted record back')
      }
    },
  },
  {
    name: 'readers never see half a record',
    async run(trial) {
      const texts = times(10, (n) => String(n).repeat(50_000))
      await trial.create('id', texts[0])
      const read = async (): Promise<void> => {
        for (const _ of times(20, (n) => n)) {
          const { data } = await trial.read('id')
          assert.ok(texts.includes(data), 'what was read is none of the texts that were written')
        }
      }
      const write = async (): Promise<void> => {
        for (const text of texts) await trial.store.set('id', text, trial.from(HOUR), 'present')
      }
      await Promise.all([...times(4, read), ...times(2, write)])
    },
  },
]
