import { AsyncLocalStorage } from 'node:async_hooks'
import type { Capabilities, Condition, MaybePromise, SetResult, Store, Stored } from '../../../src/index.ts'
import { gate } from '../../helpers/gate.ts'

interface Passenger {
  readonly finished: Promise<unknown>
  pass: (() => void) | undefined
  arrived: () => void
}

/** Lets the store calls of several pieces of work through one at a time, in an order that is chosen. */
export class Turnstile implements Store {
  readonly capabilities: Capabilities
  readonly #inner: Store
  readonly #current = new AsyncLocalStorage<Passenger>()

  constructor(inner: Store) {
    this.#inner = inner
    this.capabilities = { ...inner.capabilities, lock: false }
  }

  /**
   * Runs the works; each time that several want something of the store, `choose` says which one has it. Resolves
   * when all have ended.
   */
  async run(
    works: readonly (() => Promise<void>)[],
    choose: (count: number) => number,
    between: () => void,
  ): Promise<void> {
    const waiting: Passenger[] = []
    for (const work of works) {
      const passenger = await this.#enter(work)
      if (passenger.pass) waiting.push(passenger)
    }
    while (waiting.length > 0) {
      const index = waiting.length === 1 ? 0 : choose(waiting.length)
      const passenger = waiting[index]!
      const { pass } = passenger
      passenger.pass = undefined
      const again = gate()
      passenger.arrived = () => again.open()
      pass!()
      await Promise.race([again.opened, passenger.finished])
      between()
      if (!passenger.pass) waiting.splice(index, 1)
    }
  }

  async #enter(work: () => Promise<void>): Promise<Passenger> {
    const arrival = gate()
    const start = gate()
    const passenger: Passenger = {
      finished: start.opened.then(() => this.#current.run(passenger, work)),
      pass: undefined,
      arrived: () => arrival.open(),
    }
    start.open()
    await Promise.race([arrival.opened, passenger.finished])
    return passenger
  }

  get(id: string): MaybePromise<Stored | undefined> {
    return this.#turn(() => this.#inner.get(id))
  }

  set(id: string, data: string, expiresAt: number, when: Condition): MaybePromise<SetResult> {
    return this.#turn(() => this.#inner.set(id, data, expiresAt, when))
  }

  touch(id: string, expiresAt: number, version: string): MaybePromise<boolean> {
    return this.#turn(() => this.#inner.touch(id, expiresAt, version))
  }

  delete(id: string): MaybePromise<boolean> {
    return this.#turn(() => this.#inner.delete(id))
  }

  async #turn<T>(act: () => MaybePromise<T>): Promise<T> {
    const passenger = this.#current.getStore()
    if (passenger) {
      const turn = gate()
      passenger.pass = () => turn.open()
      passenger.arrived()
      await turn.opened
    }
    return act()
  }
}

/** All sequences of choices, one for each call of `play`, depth first. */
export async function everyChoice(
  play: (choose: (count: number) => number) => Promise<void>,
): Promise<number> {
  let prefix: number[] = []
  for (let count = 1; ; count++) {
    const counts: number[] = []
    const taken: number[] = []
    await play((options) => {
      const choice = prefix[taken.length] ?? 0
      counts.push(options)
      taken.push(choice)
      return choice
    })
    while (taken.length > 0 && taken.at(-1)! + 1 === counts.at(-1)) {
      taken.pop()
      counts.pop()
    }
    if (taken.length === 0) return count
    taken.push(taken.pop()! + 1)
    prefix = taken
  }
}
