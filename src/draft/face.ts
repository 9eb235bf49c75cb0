import { inspect } from 'node:util'
import type { Fields } from './fields.ts'
import { refuseReserved } from './reserved.ts'

/** Whether a write may go ahead. Throws when it could not be saved; `false`: leave it out. */
export interface Gate {
  mayWrite(): boolean
}

/** What a face shows and takes beside the fields themselves. */
export interface FaceOptions {
  /** An object whose prototype has the members; nothing is ever stored in it but symbols. */
  readonly target?: object
  /** Names that no field can have. */
  readonly isReserved: (name: string) => boolean
  /** Told of fields with such names, which others have stored. */
  readonly leftOut?: (names: readonly string[]) => void
  /** Told of each field that is set. */
  readonly noticed?: ((name: string) => void) | undefined
}

type Values = Record<string, unknown>

/**
 * Shows fields as an ordinary object: a thin proxy that knows which of them were touched. What it hands out
 * is the value itself and no proxy.
 */
export class Face implements ProxyHandler<object> {
  readonly #fields: Fields
  readonly #gate: Gate
  readonly #options: FaceOptions
  readonly proxy: object

  constructor(fields: Fields, gate: Gate, options: FaceOptions) {
    this.#fields = fields
    this.#gate = gate
    this.#options = options
    this.proxy = new Proxy(options.target ?? plainTarget(fields), this)
  }

  get(target: object, name: string | symbol): unknown {
    if (typeof name === 'symbol' || this.#options.isReserved(name)) return Reflect.get(target, name, target)
    this.#fields.look()
    const value = this.#fields.get(name)
    // The name of an inherited member can be that of a field.
    return value === undefined && name in target && !this.#fields.has(name)
      ? Reflect.get(target, name, target)
      : value
  }

  has(target: object, name: string | symbol): boolean {
    if (typeof name === 'symbol' || this.#options.isReserved(name)) return Reflect.has(target, name)
    this.#fields.look()
    return this.#fields.has(name) || Reflect.has(target, name)
  }

  set(target: object, name: string | symbol, value: unknown, receiver: unknown): boolean {
    // What is written through an object that inherits from this one stays there.
    if (receiver !== this.proxy && !(typeof name === 'string' && this.#options.isReserved(name))) {
      return Reflect.defineProperty(receiver as object, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
    if (typeof name === 'symbol') return Reflect.set(target, name, value, target)
    if (this.#options.isReserved(name)) {
      const prototype = Object.getPrototypeOf(target) as object
      if (name === '__proto__' || receiver !== this.proxy || !Object.hasOwn(prototype, name))
        throw refuseReserved(name)
      return Reflect.set(target, name, value, target)
    }
    this.#options.noticed?.(name)
    if (this.#gate.mayWrite()) this.#fields.set(name, value)
    return true
  }

  deleteProperty(target: object, name: string | symbol): boolean {
    if (typeof name === 'symbol') return Reflect.deleteProperty(target, name)
    if (!this.#options.isReserved(name) && this.#gate.mayWrite()) this.#fields.delete(name)
    return true
  }

  ownKeys(target: object): (string | symbol)[] {
    this.#fields.look()
    const names = this.#fields.names()
    const shown = names.filter((name) => !this.#options.isReserved(name))
    if (shown.length < names.length) this.#options.leftOut?.(names.filter((name) => !shown.includes(name)))
    return [...shown, ...Reflect.ownKeys(target).filter((key) => key !== inspect.custom)]
  }

  getOwnPropertyDescriptor(target: object, name: string | symbol): PropertyDescriptor | undefined {
    if (typeof name === 'symbol') return Reflect.getOwnPropertyDescriptor(target, name)
    if (this.#options.isReserved(name)) return undefined
    this.#fields.look()
    if (!this.#fields.has(name)) return undefined
    return { value: this.#fields.get(name), writable: true, enumerable: true, configurable: true }
  }

  defineProperty(target: object, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    const { writable, enumerable, configurable } = descriptor
    if ('get' in descriptor || 'set' in descriptor || [writable, enumerable, configurable].includes(false)) {
      throw new TypeError(
        `A session holds plain values: '${String(name)}' cannot be an accessor, read-only, hidden or not configurable.`,
      )
    }
    if (typeof name === 'symbol')
      return Reflect.defineProperty(target, name, { ...descriptor, configurable: true })
    if (this.#options.isReserved(name)) throw refuseReserved(name)
    if (this.#gate.mayWrite()) this.#fields.set(name, descriptor.value)
    return true
  }

  preventExtensions(): boolean {
    throw new TypeError(
      'A session cannot be frozen, sealed or kept from being extended. Freeze a copy: { ...session }.',
    )
  }

  setPrototypeOf(target: object, prototype: object | null): boolean {
    if (prototype === Object.getPrototypeOf(target)) return true
    throw new TypeError('The prototype of a session cannot be changed.')
  }
}

/** What an inspection shows. It is no look. */
export function valuesOf(fields: Fields): Values {
  return Object.fromEntries(fields.names().map((name) => [name, fields.get(name)]))
}

/** An inspection sees through a proxy, to a target that holds nothing. */
function plainTarget(fields: Fields): object {
  return Object.defineProperty({}, inspect.custom, { value: () => valuesOf(fields), configurable: true })
}
