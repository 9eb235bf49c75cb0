import assert from 'node:assert/strict'
import { withProcesses } from './process.ts'
import { HOUR, times } from './trial.ts'
import type { Definition } from './trial.ts'

const PROCESSES = 4
const ROUNDS = 100

export const processes: readonly Definition[] = [
  {
    name: 'what one process sets, touches and deletes, the others see',
    needs: ['shared', 'processes'],
    run: (trial) =>
      withProcesses(trial, 1, async ([other]) => {
        const version = await trial.create('id', 'data', trial.from(HOUR))
        const expiresAt = trial.from(2 * HOUR)
        assert.equal(await other!.tell({ do: 'touch', id: 'id', expiresAt, version }), true)
        const seen = await other!.tell({ do: 'get', id: 'id' })
        assert.deepEqual(seen && { ...seen }, { data: 'data', version, expiresAt })
        assert.equal((await trial.read('id')).expiresAt, expiresAt, 'a touch of another process is not seen')
        const when = { version }
        const updated = await other!.tell({
          do: 'set',
          id: 'id',
          data: 'new',
          expiresAt,
          when,
        })
        assert.equal(updated?.ok, true, 'a version is not valid in another process')
        await trial.assertData('id', 'new', 'a set of another process is not seen')
        assert.equal(await other!.tell({ do: 'delete', id: 'id' }), true)
        await trial.assertGone('id', 'a delete of another process is not seen')
      }),
  },
  {
    name: 'increments of several processes are all counted',
    needs: ['shared', 'atomic', 'processes'],
    run: (trial) =>
      withProcesses(trial, PROCESSES, async (others) => {
        await trial.create('id', '0')
        await Promise.all(others.map((other) => other.tell({ do: 'increment', id: 'id', times: ROUNDS })))
        assert.equal((await trial.read('id')).data, String(PROCESSES * ROUNDS), 'increments were lost')
      }),
  },
  {
    name: 'of several processes that create, one succeeds',
    needs: ['shared', 'atomic', 'processes'],
    run: (trial) =>
      withProcesses(trial, PROCESSES, async (others) => {
        for (const id of times(50, (n) => `id ${n}`)) {
          const order = { do: 'set', id, data: 'data', expiresAt: trial.from(HOUR), when: 'absent' } as const
          const results = await Promise.all(others.map((other) => other.tell(order)))
          assert.equal(
            results.filter((result) => result?.ok).length,
            1,
            'several processes created the same record',
          )
        }
      }),
  },
  {
    name: 'what one process deletes, no other brings back',
    needs: ['shared', 'atomic', 'processes'],
    run: (trial) =>
      withProcesses(trial, PROCESSES, async (others) => {
        for (const id of times(50, (n) => `id ${n}`)) {
          const version = await trial.create(id, 'data', trial.from(HOUR))
          const expiresAt = trial.from(2 * HOUR)
          await Promise.all([
            others[0]!.tell({ do: 'touch', id, expiresAt, version }),
            others[1]!.tell({ do: 'set', id, data: 'new', expiresAt, when: 'present' }),
            others[2]!.tell({ do: 'set', id, data: 'new', expiresAt, when: { version } }),
            others[3]!.tell({ do: 'delete', id }),
          ])
          await trial.assertGone(id, 'a set or a touch of another process brought a deleted record back')
        }
      }),
  },
  {
    name: 'what one process sets, a touch of the others never extends',
    needs: ['shared', 'atomic', 'processes'],
    run: (trial) =>
      withProcesses(trial, PROCESSES, async (others) => {
        const expiresAt = trial.from(HOUR)
        for (const id of times(50, (n) => `id ${n}`)) {
          const version = await trial.create(id, 'data', expiresAt)
          const touch = { do: 'touch', id, expiresAt: trial.from(9 * HOUR), version } as const
          await Promise.all([
            others[0]!.tell(touch),
            others[1]!.tell(touch),
            others[2]!.tell({ do: 'set', id, data: 'new', expiresAt, when: { version } }),
            others[3]!.tell(touch),
          ])
          assert.equal((await trial.read(id)).expiresAt, expiresAt, 'a late touch hit a newer record')
        }
      }),
  },
  {
    name: 'one holder at a time in several processes',
    needs: ['shared', 'lock', 'processes'],
    run: (trial) =>
      withProcesses(trial, PROCESSES, async (others) => {
        await trial.create('id', '0')
        const order = { do: 'incrementUnderLock', id: 'id', times: 25 } as const
        await Promise.all(others.map((other) => other.tell(order)))
        assert.equal((await trial.read('id')).data, String(PROCESSES * 25), 'two held the lock at once')
      }),
  },
  {
    name: 'the lock of a process that was killed goes to the next',
    needs: ['shared', 'lock', 'processes'],
    run: (trial) =>
      withProcesses(trial, 1, async ([other]) => {
        await other!.tell({ do: 'lock', id: 'id', wait: 60_000, lease: 1_000 })
        await other!.kill()
        const lock = await trial.store.lock!('id', { wait: 60_000, lease: 60_000 })
        assert.equal(await lock.renew(), true)
        await lock.release()
      }),
  },
  {
    name: 'records outlive a process that was killed',
    needs: ['shared', 'durable', 'processes'],
    run: (trial) =>
      withProcesses(trial, 2, async ([first, second]) => {
        const expiresAt = trial.from(HOUR)
        for (const id of times(20, (n) => `id ${n}`)) {
          await first!.tell({ do: 'set', id, data: `data of ${id}`, expiresAt, when: 'absent' })
        }
        await first!.kill()
        for (const id of times(20, (n) => `id ${n}`)) {
          const record = await second!.tell({ do: 'get', id })
          assert.equal(record?.data, `data of ${id}`, 'a record was lost with the process that set it')
        }
      }),
  },
  {
    name: 'a closed store lets its process end',
    needs: ['close', 'processes'],
    run: (trial) =>
      withProcesses(trial, 1, async ([other]) => {
        const expiresAt = trial.from(HOUR)
        await other!.tell({ do: 'set', id: 'id', data: 'data', expiresAt, when: 'absent' })
        if (trial.store.capabilities.lock)
          await other!.tell({ do: 'lock', id: 'id', wait: 1_000, lease: 600_000 })
        await other!.close()
      }),
  },
]
