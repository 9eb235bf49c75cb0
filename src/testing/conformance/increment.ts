import assert from 'node:assert/strict'
import type { Store } from '../../stores/store.ts'
import { turn } from './trial.ts'

/** Even with a hundred others at it, one of a hundred gets through each time. */
const TRIES = 10_000

/** Adds one to a number under compare-and-set; tries again until nobody came in between. */
export async function increment(store: Store, id: string): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await store.get(id)
    assert.ok(before, 'get returned nothing for a record that must be there')
    const { version, expiresAt } = before
    // Others must read the same version, or nothing could go wrong.
    await turn()
    const result = await store.set(id, String(Number(before.data) + 1), expiresAt, { version })
    if (result.ok) return
  }
  throw new assert.AssertionError({ message: `the version just read was refused ${TRIES} times` })
}

/** The same with nothing but a lock around it. */
export async function incrementUnderLock(store: Store, id: string): Promise<void> {
  const lock = await store.lock!(id, { wait: 60_000, lease: 30_000 })
  try {
    const before = await store.get(id)
    assert.ok(before, 'get returned nothing for a record that must be there')
    await turn()
    await store.set(id, String(Number(before.data) + 1), before.expiresAt, 'present')
  } finally {
    await lock.release()
  }
}
