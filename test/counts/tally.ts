import { createHook } from 'node:async_hooks'

/** What was done between `start` and `stop`. */
export interface Counts {
  /** What the store was asked. */
  readonly store: string[]
  /** The texts that the serializer was given, and those that it made. */
  readonly parsed: string[]
  readonly serialised: string[]
  readonly promises: number
  /** How many of each kind took their first step. */
  readonly generators: number
  readonly asyncGenerators: number
}

interface Stepping {
  next: (...args: unknown[]) => unknown
}

/** What all generators of a kind inherit from. */
const SYNC = Object.getPrototypeOf(function* () {})['prototype'] as Stepping
const ASYNC = Object.getPrototypeOf(async function* () {})['prototype'] as Stepping

/** Counts for the whole process. */
export class Tally {
  #promises = 0
  readonly #parsed: string[] = []
  readonly #serialised: string[] = []
  readonly #generators = new Set<unknown>()
  readonly #asyncGenerators = new Set<unknown>()
  readonly #store: string[]
  readonly #hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') this.#promises += 1
    },
  })

  /** `store` is where the calls of the store are noted. */
  constructor(store: string[]) {
    this.#store = store
    watch(SYNC, this.#generators)
    watch(ASYNC, this.#asyncGenerators)
  }

  /** JSON, as the default is, that tells what it is given. */
  readonly serializer = {
    parse: (text: string): unknown => {
      this.#parsed.push(text)
      return JSON.parse(text) as unknown
    },
    stringify: (value: unknown): string => {
      const text = JSON.stringify(value)
      this.#serialised.push(text)
      return text
    },
  }

  start(): void {
    this.#promises = 0
    for (const list of [this.#parsed, this.#serialised, this.#store]) list.length = 0
    for (const set of [this.#generators, this.#asyncGenerators]) set.clear()
    this.#hook.enable()
  }

  stop(): Counts {
    this.#hook.disable()
    return {
      store: [...this.#store],
      parsed: [...this.#parsed],
      serialised: [...this.#serialised],
      promises: this.#promises,
      generators: this.#generators.size,
      asyncGenerators: this.#asyncGenerators.size,
    }
  }
}

/** Notes each generator that is stepped, also by `for`, spread and `yield*`, which all look for `next` here. */
function watch(prototype: Stepping, seen: Set<unknown>): void {
  const { next } = prototype
  prototype.next = function (this: unknown, ...args) {
    seen.add(this)
    return next.apply(this, args)
  }
}
