// Whose session it is: `import … from 'koa-session-pipeline/accounts'`.
export { type AccountSession, accountSessions, type AccountSessions } from './accounts.ts'
export type { AccountSessionsOptions } from './options.ts'
export { RecordIndex, type RecordIndexOptions } from './record-index.ts'
export type {
  Added,
  Claim,
  Device,
  IndexEntry,
  IndexView,
  Limit,
  Listed,
  SessionIndex,
} from './session-index.ts'
