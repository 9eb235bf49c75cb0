import { type Meta, NEVER } from '../record.ts'

/** The lifetimes of the options, in milliseconds; `false` for none. */
export interface Lifetimes {
  readonly idleTimeout: number | false
  readonly absoluteTimeout: number | false
}

/** The lifetimes a session has of its own, and when it was created. */
export type Lifespan = Pick<Meta, 'createdAt' | 'idleTimeout' | 'endsAt'>

/** The instant that no activity moves. */
export function absoluteDeadline({ createdAt, endsAt }: Lifespan, { absoluteTimeout }: Lifetimes): number {
  if (endsAt !== undefined) return endsAt
  return absoluteTimeout === false ? NEVER : Math.min(NEVER, createdAt + absoluteTimeout)
}

/** When a session that is used now ends: the earlier of the idle and the absolute deadline. */
export function nextDeadline(life: Lifespan, options: Lifetimes, now: number): number {
  const idle = life.idleTimeout ?? options.idleTimeout
  return Math.min(idle === false ? NEVER : now + idle, absoluteDeadline(life, options))
}
