import { StoreUnavailableError } from '../../errors.ts'
import type { MaybePromise } from '../../maybe-promise.ts'
import { explain } from './failure.ts'

/** What a store is doing at the moment: so that it can be closed when all of it has ended. */
export class Operations {
  readonly #onUse: () => void
  #running = 0
  #idle: (() => void) | undefined
  #closed = false

  /** `onUse` is told of every operation. */
  constructor(onUse: () => void) {
    this.#onUse = onUse
  }

  /** What can answer at once does; what fails rejects, in both cases, with a typed error. */
  perform<T>(name: string, task: () => MaybePromise<T>): MaybePromise<T> {
    if (this.#closed) {
      return Promise.reject(new StoreUnavailableError('The file store has been closed.', { outcome: 'none' }))
    }
    this.#onUse()
    try {
      const result = task()
      return result instanceof Promise ? this.#follow(name, result) : result
    } catch (error) {
      return Promise.reject(explain(error, name))
    }
  }

  /** From here on operations are refused. */
  close(): void {
    this.#closed = true
  }

  /** Resolves when all that had begun has ended. */
  async ended(): Promise<void> {
    // A background sweep pauses with a timer that does not keep the process alive; this one does.
    const alive = setInterval(() => undefined, 1_000)
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    clearInterval(alive)
    // So that whoever waits for one of the operations hears of it before.
    await new Promise(setImmediate)
  }

  async #follow<T>(name: string, result: Promise<T>): Promise<T> {
    this.#running += 1
    try {
      return await result
    } catch (error) {
      throw explain(error, name)
    } finally {
      this.#running -= 1
      if (this.#running === 0) this.#idle?.()
    }
  }
}
