import assert from 'node:assert/strict'
import { HOUR, times } from './trial.ts'
import type { Definition, Trial } from './trial.ts'

const assertDistinct = (versions: readonly string[], why: string): void =>
  assert.equal(new Set(versions).size, versions.length, why)

async function update(trial: Trial, data: string): Promise<string> {
  const result = await trial.store.set('id', data, trial.from(HOUR), 'present')
  assert.ok(result.ok, "'present' was refused where there is a record")
  return result.version
}

export const versions: readonly Definition[] = [
  {
    name: 'every set gives a new version, of equal data too',
    async run(trial) {
      const seen = [await trial.create('id', 'A')]
      for (const data of times(60, (n) => 'AB'[n % 2]!)) {
        const version = await update(trial, data)
        seen.push(version)
        assert.equal((await trial.read('id')).version, version, 'get and set name different versions')
      }
      assertDistinct(seen, 'a version came back')
    },
  },
  {
    name: 'a version does not come back when an id is deleted and made again',
    async run(trial) {
      const seen: string[] = []
      for (const n of times(30, (n) => n)) {
        seen.push(await trial.create('id', 'same'))
        if (n % 3 === 0) seen.push(await update(trial, 'data'))
        await trial.store.delete('id')
      }
      assertDistinct(seen, 'a version came back after a delete')
    },
  },
  {
    name: 'a version does not come back when the store is opened again',
    needs: ['durable', 'reopen', 'close'],
    async run(trial) {
      const seen = [await trial.create('id'), await trial.create('deleted')]
      await trial.store.delete('deleted')
      await trial.store.close!()
      const again = await trial.options.reopen!(trial.store, trial.clock)
      try {
        const updated = await again.set('id', 'data', trial.from(HOUR), 'present')
        const created = await again.set('deleted', 'data', trial.from(HOUR), 'absent')
        assert.ok(updated.ok && created.ok, 'the records are not as they were before the store was closed')
        assertDistinct([seen[0]!, updated.version], 'a version came back')
        assertDistinct([seen[1]!, created.version], 'a version came back')
      } finally {
        await again.close?.()
      }
    },
  },
]
