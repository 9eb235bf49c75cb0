import type { MaybePromise } from '../maybe-promise.ts'
import type { Life } from '../session/life.ts'
import type { Persistence } from '../session/persistence.ts'

/** Runs work while nobody else has the session. */
export type Alone = <Result>(id: string, work: () => Promise<Result>) => Promise<Result>

/**
 * The storing verbs of a session that is open for long: each is a piece of work of its own, that takes the lock of
 * the session where requests do, and asks a store anew that did not answer the last one in time.
 */
export class VerbByVerb implements Persistence {
  readonly #inner: Persistence
  readonly #life: Life
  readonly #alone: Alone | undefined

  constructor(inner: Persistence, life: Life, alone: Alone | undefined) {
    this.#inner = inner
    this.#life = life
    this.#alone = alone
  }

  save(): Promise<void> {
    return this.#write(() => this.#inner.save())
  }

  update<Result>(change: (data: object) => MaybePromise<Result>): Promise<Result> {
    return this.#write(() => this.#inner.update(change))
  }

  touch(): Promise<void> {
    return this.#begin().touch()
  }

  reload(): Promise<void> {
    return this.#begin().reload()
  }

  settle(): Promise<void> {
    return this.#begin().settle()
  }

  askAnew(): void {
    this.#inner.askAnew()
  }

  changeConcurrency(...asked: Parameters<Persistence['changeConcurrency']>): Promise<void> {
    return this.#inner.changeConcurrency(...asked)
  }

  get resolvers(): Persistence['resolvers'] {
    return this.#inner.resolvers
  }

  #begin(): Persistence {
    this.askAnew()
    return this.#inner
  }

  #write<Result>(work: () => Promise<Result>): Promise<Result> {
    this.askAnew()
    return this.#alone ? this.#alone(this.#life.credential.id, work) : work()
  }
}
