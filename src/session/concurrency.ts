import { DURATION_FORMS, type Duration, parseDuration } from '../checks/duration.ts'
import { SessionConfigError } from '../errors.ts'
import { unknownOption, wrongOption } from '../checks/messages.ts'
import type { Capabilities } from '../stores/store.ts'
import type { Resolver } from '../draft/merge.ts'
import type { LockPlan } from '../persistence/session-lock.ts'

export type ConcurrencyMode = 'merge' | 'last-write' | 'lock'

/** How requests of one session that overlap are reconciled. */
export type Concurrency = ConcurrencyMode | MergeConcurrency | LastWriteConcurrency | LockConcurrency

/** Three-way merge of the top-level keys. */
export interface MergeConcurrency {
  readonly mode: 'merge'
  /** For a key that two requests changed: what it holds then. Default: this request's value. */
  readonly resolve?: Readonly<Record<string, Resolver>> | undefined
}

/** All data of the last request to finish. */
export interface LastWriteConcurrency {
  readonly mode: 'last-write'
}

/** Requests of one session run one after another, across processes. Reads queue too. */
export interface LockConcurrency {
  readonly mode: 'lock'
  /** How long a request waits for its turn, then 503 with `Retry-After`. Default 5 s. */
  readonly wait?: Duration | undefined
  /** How long a holder that stopped renewing keeps the lock. Renewed while the handler runs. Default 15 s. */
  readonly lease?: Duration | undefined
  /** Requests of one session that may wait in one process; beyond them 503 at once. Default 16. */
  readonly maxWaiters?: number | undefined
}

/** The options with every default filled in, durations in milliseconds. */
export interface ConcurrencyPlan extends LockPlan {
  readonly mode: ConcurrencyMode
  readonly resolve: Readonly<Record<string, Resolver>>
}

const MODES: Readonly<Record<ConcurrencyMode, readonly string[]>> = {
  merge: ['resolve'],
  'last-write': [],
  lock: ['wait', 'lease', 'maxWaiters'],
}
const MODE_NAMES = "'merge', 'last-write' or 'lock', or an object with such a mode"

/** @throws SessionConfigError for a mistake, and for a mode that the store cannot honour. */
export function planConcurrency(
  asked: Concurrency | undefined,
  { atomic, lock }: Capabilities,
): ConcurrencyPlan {
  const { mode, ...details } = typeof asked === 'object' && asked !== null ? asked : { mode: asked }
  if (asked !== undefined && (mode === undefined || !Object.hasOwn(MODES, mode)))
    throw wrongOption('concurrency', MODE_NAMES, asked)
  const chosen = mode ?? (atomic ? 'merge' : 'last-write')
  if (chosen === 'merge' && !atomic) throw cannot(chosen, 'write atomically (capabilities.atomic is false)')
  if (chosen === 'lock' && !lock) throw cannot(chosen, 'lock (capabilities.lock is false)')
  const unknown = Object.keys(details).find((key) => !MODES[chosen].includes(key))
  if (unknown !== undefined) {
    const other = Object.entries(MODES).find(([, names]) => names.includes(unknown))?.[0]
    const hint = other && `It belongs to the mode '${other}', and the mode here is '${chosen}'.`
    throw unknownOption('concurrency', unknown, ['mode', ...MODES[chosen]], hint)
  }
  const {
    resolve = {},
    wait = '5s',
    lease = '15s',
    maxWaiters = 16,
  } = details as MergeConcurrency & LockConcurrency
  if (
    typeof resolve !== 'object' ||
    resolve === null ||
    Object.values(resolve).some((one) => typeof one !== 'function')
  )
    throw wrongOption('concurrency.resolve', 'an object of functions (base, mine, theirs) => value', resolve)
  if (!Number.isInteger(maxWaiters) || maxWaiters < 0)
    throw wrongOption('concurrency.maxWaiters', 'a whole number of at least 0', maxWaiters)
  return {
    mode: chosen,
    resolve: { ...resolve },
    wait: checkDuration('wait', wait),
    lease: checkDuration('lease', lease),
    maxWaiters,
  }
}

function checkDuration(name: string, value: Duration): number {
  const ms = parseDuration(value, `concurrency.${name}`)
  if (ms === undefined) throw wrongOption(`concurrency.${name}`, DURATION_FORMS, value)
  return ms
}

function cannot(mode: string, what: string): SessionConfigError {
  return new SessionConfigError(`Concurrency '${mode}' cannot be honoured: this store cannot ${what}.`)
}
