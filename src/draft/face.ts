import { inspect } from 'node:util'
import type { Fields } from './fields.ts'
import { isReserved, refuseReserved } from './reserved.ts'

/** The fields as an object, with the members that `target` has on its prototype; always the same one. */
export function faceOf(fields: Fields, target?: object): object {
  return (fields.face ??= new Face(fields, target).proxy)
}

/**
 * Shows fields as an ordinary object: a thin proxy that knows which of them were touched. What it hands out
 * is the value itself and no proxy.
 */
class Face implements ProxyHandler<object> {
  readonly #fields: Fields
  readonly proxy: object

  /** Nothing is ever stored in `target` but symbols. */
  constructor(fields: Fields, target: object = plainTarget(fields)) {
    this.#fields = fields
    this.proxy = new Proxy(target, this)
  }

  get(target: object, name: string | symbol): unknown {
    if (!this.#isField(name)) return Reflect.get(target, name, target)
    this.#fields.look()
    const value = this.#fields.get(name)
    // The name of an inherited member can be that of a field.
    const inherited = value === undefined && name in target && !this.#fields.has(name)
    return inherited ? Reflect.get(target, name, target) : value
  }

  has(target: object, name: string | symbol): boolean {
    if (!this.#isField(name)) return Reflect.has(target, name)
    this.#fields.look()
    return this.#fields.has(name) || Reflect.has(target, name)
  }

  set(target: object, name: string | symbol, value: unknown, receiver: unknown): boolean {
    const own = receiver === this.proxy
    const isField = this.#isField(name)
    if (isField && own) return this.#write(name, value)
    // What is written through an object that inherits from this one stays there.
    if (!own && (isField || typeof name === 'symbol'))
      return Reflect.defineProperty(receiver as object, name, { ...PLAIN, value })
    const isMember =
      name !== '__proto__' && own && Object.hasOwn(Object.getPrototypeOf(target) as object, name)
    if (typeof name !== 'symbol' && !isMember) throw refuseReserved(name)
    return Reflect.set(target, name, value, target)
  }

  deleteProperty(target: object, name: string | symbol): boolean {
    if (!this.#isField(name)) return Reflect.deleteProperty(target, name)
    if (this.#mayWrite()) this.#fields.delete(name)
    return true
  }

  ownKeys(target: object): (string | symbol)[] {
    this.#fields.look()
    const names = this.#fields.names()
    const leftOut: string[] = names.filter((name) => !this.#isField(name))
    const { base } = this.#fields
    if (leftOut.length > 0) base.owner.leftOut(base, leftOut)
    const shown = names.filter((name) => !leftOut.includes(name))
    return [...shown, ...Reflect.ownKeys(target).filter((key) => key !== inspect.custom)]
  }

  getOwnPropertyDescriptor(target: object, name: string | symbol): PropertyDescriptor | undefined {
    if (!this.#isField(name)) return Reflect.getOwnPropertyDescriptor(target, name)
    this.#fields.look()
    return this.#fields.has(name) ? { ...PLAIN, value: this.#fields.get(name) } : undefined
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
    if (!this.#isField(name)) throw refuseReserved(name)
    return this.#write(name, descriptor.value)
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

  #isField(name: string | symbol): name is string {
    if (typeof name === 'symbol' || name === '__proto__') return false
    return this.#fields.kind !== 'd' || !isReserved(name)
  }

  #mayWrite(): boolean {
    const { base } = this.#fields
    return base.owner.mayWrite(base)
  }

  #write(name: string, value: unknown): true {
    const { kind, base } = this.#fields
    if (kind === 'd') base.owner.noticed?.(name)
    if (this.#mayWrite()) this.#fields.set(name, value)
    return true
  }
}

const PLAIN: PropertyDescriptor = { writable: true, enumerable: true, configurable: true }

/** An inspection sees through a proxy, to a target that holds nothing. It is no look. */
function plainTarget(fields: Fields): object {
  return Object.defineProperty({}, inspect.custom, { value: () => fields.values(), configurable: true })
}
