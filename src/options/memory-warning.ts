import type { SessionOptions } from './index.ts'

let warned = false

/** Warns once, in production, when nobody has chosen a store. */
export function warnOfMemory({ store }: Pick<SessionOptions, 'store'>): void {
  if (store !== undefined || warned || process.env['NODE_ENV'] !== 'production') return
  warned = true
  process.emitWarning(
    'Sessions are kept in memory: they end with this process and no other one sees them. Set the store option, for instance to a FileStore.',
    { type: 'SessionWarning', code: 'SESSION_MEMORY_STORE' },
  )
}
