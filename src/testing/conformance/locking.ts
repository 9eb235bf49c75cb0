import assert from 'node:assert/strict'
import { LockTimeoutError } from '../../index.ts'
import type { Lock, LockOptions } from '../../stores/store.ts'
import type { Trial } from './trial.ts'

const PATIENT: LockOptions = { wait: 60_000, lease: 60_000 }
export const HASTY: LockOptions = { wait: 30, lease: 60_000 }
/** For a lock that is free: time for a slow disk or network, no more. */
const PROMPT: LockOptions = { wait: 5_000, lease: 60_000 }

export const lock = ({ store }: Trial, options: LockOptions = PATIENT, id = 'id'): Promise<Lock> =>
  store.lock!(id, options)

/** A lock that must be free. */
export async function lockNow(trial: Trial, why: string, id = 'id'): Promise<Lock> {
  try {
    return await lock(trial, PROMPT, id)
  } catch (cause) {
    throw new assert.AssertionError({ message: `${why}: ${String(cause)}` })
  }
}

/** Nobody else must get the lock now. */
export const assertTaken = (trial: Trial, why: string): Promise<void> =>
  assert.rejects(async () => lock(trial, HASTY), LockTimeoutError, why)
