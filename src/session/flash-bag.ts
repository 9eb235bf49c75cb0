import { type Serializer, stringifyValue, type Values } from './content.ts'
import { refuseReserved } from './reserved.ts'

/** What a flash holds: its messages, and for each a random mark that tells it from an equal one set anew. */
export interface FlashContent {
  readonly messages: Values
  readonly marks: Record<string, number>
}

/** A message as it was when this request looked. */
interface Waiting {
  readonly text: string | undefined
  readonly mark: number | undefined
}

/**
 * Messages that wait for the next request that looks at them, after Catalyst::Plugin::Session.
 * Reading, testing and listing are looking; assigning alone is not.
 */
export class FlashBag {
  readonly #serializer: Serializer
  readonly #messages: Values
  readonly #marks: Record<string, number>
  readonly #assigned = new Set<string>()
  readonly #kept = new Set<string>()
  readonly #shown = new Set<string>()
  #waiting: ReadonlyMap<string, Waiting> | undefined
  /** What the user sees as `session.flash`. */
  readonly face: Values
  /** Something was assigned or deleted, be it an equal value: that is an intention. */
  rewritten = false

  constructor(serializer: Serializer, messages: Values, marks: Readonly<Record<string, number>> = {}) {
    this.#serializer = serializer
    this.#messages = messages
    this.#marks = { ...marks }
    this.face = new Proxy(messages, this.#traps())
  }

  /** Whether this request has looked. */
  get looked(): boolean {
    return this.#waiting !== undefined
  }

  /** There are messages that this request has not put there itself. */
  get waiting(): boolean {
    return Object.keys(this.#messages).some((key) => !this.#assigned.has(key))
  }

  /** What waits for the next request. */
  get content(): FlashContent {
    return { messages: this.#left(this.#messages), marks: this.#left(this.#marks) }
  }

  /** Buys messages one more look; is none itself. */
  keep(keys: readonly string[]): void {
    for (const key of keys) this.#kept.add(key)
  }

  /** Empties the flash. What is set afterwards stays. */
  clear(): void {
    for (const key of Object.keys(this.#messages)) this.#delete(key)
  }

  /** Puts these messages in the place of all others. */
  assign(messages: Values): void {
    this.clear()
    // Parsed JSON can bring a key `__proto__`, which nobody meant to assign.
    for (const [key, value] of Object.entries(messages)) if (key !== '__proto__') this.#set(key, value)
  }

  /**
   * Marks as shown what waited, if it was neither assigned, changed inside nor kept. The user goes on seeing
   * it: a body that holds the flash is turned into text after this.
   */
  sweep(): void {
    for (const [key, { text, mark }] of this.#waiting ?? []) {
      if (this.#assigned.has(key) || this.#kept.has(key)) continue
      // Another mark: a parallel request has put an equal message in its place.
      if (this.#marks[key] !== mark) continue
      if (this.#says(key, text)) this.#shown.add(key)
    }
  }

  /** Shows what is stored now; what this request did to the flash stays known. */
  adopt({ messages, marks }: FlashContent): void {
    // Under the name of a message that was shown, others have put a new one.
    for (const key of Object.keys(messages)) this.#shown.delete(key)
    const seen = Object.fromEntries([...this.#shown].map((key) => [key, this.#messages[key]]))
    replace(this.#messages, { ...seen, ...messages })
    replace(this.#marks, marks)
    this.rewritten = false
  }

  #left<T>(values: Record<string, T>): Record<string, T> {
    if (this.#shown.size === 0) return values
    return Object.fromEntries(Object.entries(values).filter(([key]) => !this.#shown.has(key)))
  }

  #says(key: string, text: string | undefined): boolean {
    try {
      return stringifyValue(this.#serializer, this.#messages[key]) === text
    } catch {
      // Changed into what cannot be serialised: saving it says so.
      return false
    }
  }

  #look(): void {
    this.#waiting ??= new Map(
      Object.entries(this.#messages)
        .filter(([key]) => !this.#assigned.has(key))
        .map(([key, value]) => [
          key,
          { text: stringifyValue(this.#serializer, value), mark: this.#marks[key] },
        ]),
    )
  }

  #set(key: string, value: unknown): void {
    if (key === '__proto__') throw refuseReserved(key)
    this.#messages[key] = value
    this.#marks[key] = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER)
    this.#assigned.add(key)
    this.#shown.delete(key)
    this.rewritten = true
  }

  #delete(key: string): void {
    delete this.#messages[key]
    delete this.#marks[key]
    this.#assigned.delete(key)
    this.rewritten = true
  }

  #traps(): ProxyHandler<Values> {
    return {
      get: (messages, key) => {
        this.#look()
        return Reflect.get(messages, key)
      },
      has: (messages, key) => {
        this.#look()
        return Reflect.has(messages, key)
      },
      getOwnPropertyDescriptor: (messages, key) => {
        this.#look()
        return Reflect.getOwnPropertyDescriptor(messages, key)
      },
      ownKeys: (messages) => {
        this.#look()
        return Reflect.ownKeys(messages)
      },
      set: (_messages, key, value) => {
        this.#set(String(key), value)
        return true
      },
      defineProperty: (_messages, key, descriptor) => {
        this.#set(String(key), descriptor.value)
        return true
      },
      deleteProperty: (_messages, key) => {
        this.#delete(String(key))
        return true
      },
    }
  }
}

/** Makes `target` hold exactly what `values` holds, keeping the object. */
export function replace<T>(target: Record<string, T>, values: Readonly<Record<string, T>>): void {
  // The order of the keys is part of the serialised form, so all are set anew.
  for (const key of Object.keys(target)) delete target[key]
  Object.assign(target, values)
}
