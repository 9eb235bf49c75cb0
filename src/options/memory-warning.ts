import { DEVELOPMENT, warnOnce } from '../checks/warnings.ts'
import type { SessionOptions } from './index.ts'

/** Warns once, in production, that the default store keeps sessions in memory. */
export function warnOfMemory({ store }: SessionOptions): void {
  if (store !== undefined || DEVELOPMENT) return
  warnOnce(
    'SESSION_MEMORY_STORE',
    'Sessions are kept in memory: they end with this process and no other one sees them. Set the store option, for instance to a FileStore.',
  )
}
