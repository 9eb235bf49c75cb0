import { randomUUID } from 'node:crypto'
import { kindOf } from '../../checks/messages.ts'
import { SessionConfigError, StoreUnavailableError } from '../../errors.ts'
import { RETENTION } from '../store.ts'
import { isNothing } from './entry.ts'
import type { CachePlan } from './options.ts'

const DAY = 86_400_000

/**
 * A cache that is not believed. Keyv and cache-manager answer for a dead back end as if nothing were there, or
 * as if all had gone well; so what matters is looked at again.
 */
export class CacheClient {
  readonly #plan: CachePlan
  /** Stands for as long as the back end remembers anything. */
  readonly #sign: string

  constructor(plan: CachePlan) {
    this.#plan = plan
    this.#sign = `${plan.prefix}~alive`
  }

  /** What stands there. A miss counts only if the cache remembers something else. */
  async read(key: string): Promise<unknown> {
    const found = await this.#get(key)
    if (isNothing(found) && isNothing(await this.#get(this.#sign)))
      await this.#write(this.#sign, '1', DAY, 'none')
    return found
  }

  async write(key: string, text: string, ms: number): Promise<void> {
    await this.#write(key, text, ms, 'unknown')
  }

  /** Whether it has come to anything, nobody can tell. */
  async remove(key: string): Promise<void> {
    const { cache } = this.#plan
    await (cache.delete ? cache.delete(key) : cache.del!(key))
  }

  /** Keeps, replaces and removes something, to see whether it does. */
  async verify(): Promise<void> {
    const key = `${this.#plan.prefix}~${randomUUID()}`
    for (const text of ['first\n\0é', 'second']) {
      await this.#write(key, text, RETENTION, 'none')
      const found = await this.#get(key)
      if (isNothing(found)) throw dropped('none')
      if (found !== text)
        throw new SessionConfigError(
          `Expected the cache to return the text that was set, got ${typeof found === 'string' ? 'another text' : kindOf(found)}.`,
        )
    }
    try {
      await this.remove(key)
    } catch (cause) {
      throw failed('delete', 'none', cause)
    }
    if (!isNothing(await this.#get(key)))
      throw new SessionConfigError('Expected the cache to forget what was deleted, and it is still there.')
  }

  async #get(key: string): Promise<unknown> {
    try {
      return await this.#plan.cache.get(key)
    } catch (cause) {
      throw failed('get', 'none', cause)
    }
  }

  async #write(key: string, text: string, ms: number, outcome: 'none' | 'unknown'): Promise<void> {
    let answer: unknown
    try {
      answer = await this.#plan.cache.set(key, text, this.#plan.ttl(Math.ceil(ms)))
    } catch (cause) {
      throw failed('set', outcome, cause)
    }
    // Keyv says true or false and means it; others return anything.
    if (answer === true) return
    if (answer === false || isNothing(await this.#get(key))) throw dropped(outcome)
  }
}

function failed(operation: string, outcome: 'none' | 'unknown', cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(`The cache failed in ${operation}.`, { outcome, cause })
}

function dropped(outcome: 'none' | 'unknown'): StoreUnavailableError {
  return new StoreUnavailableError(
    'Expected the cache to keep what was set, but it is not there: its back end does not answer, or it is full.',
    { outcome },
  )
}
