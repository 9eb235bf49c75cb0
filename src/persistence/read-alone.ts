import { type Found, isGone, type Records } from './records.ts'
import type { LockPlan, SessionLock, SessionLocks } from './session-lock.ts'

/** Takes the lock of a record, and reads it again when it is ours, as others may have written meanwhile. */
export async function readAlone(
  records: Records,
  locks: SessionLocks,
  id: string,
  plan: LockPlan,
): Promise<{ readonly found: Found; readonly lock?: SessionLock }> {
  const before = await records.read(id)
  if (isGone(before)) return { found: before }
  const lock = await locks.take(id, plan, records.patience)
  try {
    const found = await records.read(id)
    if (!isGone(found)) return { found, lock }
    await lock.release()
    return { found }
  } catch (error) {
    await lock.release()
    throw error
  }
}
