import { type Duration, parseDuration } from '../checks/duration.ts'
import { SessionConfigError } from '../errors.ts'
import { isPlainData, wrongOption } from '../checks/messages.ts'
import { checkOptions, duration, type Rule } from '../checks/options.ts'
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

/** All that can be given. */
interface Given extends Omit<MergeConcurrency, 'mode'>, Omit<LockConcurrency, 'mode'> {
  readonly mode?: ConcurrencyMode | undefined
}

/** The options with every default filled in, durations in milliseconds. */
export interface ConcurrencyPlan extends LockPlan {
  readonly mode: ConcurrencyMode
  readonly resolve: Readonly<Record<string, Resolver>>
}

/** What can be said of each mode. */
const DETAILS: Readonly<Record<ConcurrencyMode, Readonly<Record<string, Rule>>>> = {
  merge: {
    resolve: [
      'an object of functions (base, mine, theirs) => value',
      (value) => isPlainData(value) && Object.values(value).every((one) => typeof one === 'function'),
    ],
  },
  'last-write': {},
  lock: {
    wait: duration(),
    lease: duration(),
    maxWaiters: ['a whole number of at least 0', (value) => Number.isInteger(value) && Number(value) >= 0],
  },
}
const MODE_NAMES = "'merge', 'last-write' or 'lock', or an object with such a mode"
const isMode = (mode: unknown): boolean => Object.hasOwn(DETAILS, mode as string)

/** @throws SessionConfigError for a mistake, and for a mode that the store cannot honour. */
export function planConcurrency(
  asked: Concurrency | undefined,
  { atomic, lock }: Capabilities,
): ConcurrencyPlan {
  const given: Given = typeof asked === 'object' && asked !== null ? asked : { mode: asked }
  if (asked !== undefined && !isMode(given.mode)) throw wrongOption('concurrency', MODE_NAMES, asked)
  const {
    mode = atomic ? 'merge' : 'last-write',
    resolve = {},
    wait = '5s',
    lease = '15s',
    maxWaiters = 16,
  } = given
  if (mode === 'merge' && !atomic) throw cannot(mode, 'write atomically (capabilities.atomic is false)')
  if (mode === 'lock' && !lock) throw cannot(mode, 'lock (capabilities.lock is false)')
  checkOptions('concurrency', given, { mode: [MODE_NAMES, isMode], ...DETAILS[mode] }, (name) => {
    const other = Object.entries(DETAILS).find(([, details]) => Object.hasOwn(details, name))?.[0]
    return other && `It belongs to the mode '${other}', and the mode here is '${mode}'.`
  })
  return {
    mode,
    resolve: { ...resolve },
    wait: parseDuration(wait, 'concurrency.wait')!,
    lease: parseDuration(lease, 'concurrency.lease')!,
    maxWaiters,
  }
}

function cannot(mode: string, what: string): SessionConfigError {
  return new SessionConfigError(`Concurrency '${mode}' cannot be honoured: this store cannot ${what}.`)
}
