import { unknownOption, wrongOption } from '../checks/messages.ts'
import { SessionConfigError } from '../errors.ts'
import type { Capabilities, SealedStoreContract, Store } from './store.ts'

const METHODS = ['get', 'set', 'touch', 'delete'] as const
const OPTIONAL = ['sweep', 'close'] as const
const SEALING = ['seal', 'open'] as const
const CAPABILITIES: Readonly<Record<keyof Capabilities, string>> = {
  atomic: 'whether set honours its condition even against parallel writers',
  shared: 'whether other processes see the same records',
  durable: 'whether records survive the end of the process',
  expires: 'whether records vanish by themselves some time after expiresAt',
  lock: 'whether there is a method lock',
}

/**
 * That a store has what it must have, and claims what it can claim.
 *
 * @throws SessionConfigError that names what is missing or wrong.
 */
export function checkStore(store: unknown): asserts store is Store | SealedStoreContract {
  if (typeof store === 'string') {
    throw wrongOption('store', 'a store, such as new FileStore({ dir })', store)
  }
  if ((typeof store !== 'object' && typeof store !== 'function') || store === null) {
    throw wrongOption('store', `a store with ${listed(METHODS)} and capabilities`, store)
  }
  if (isFunction(store, 'seal') || isFunction(store, 'open'))
    return requireAll(store, SEALING, 'a sealed store')
  requireAll(store, METHODS, 'a store')
  for (const name of OPTIONAL) {
    if (Reflect.get(store, name) !== undefined && !isFunction(store, name))
      throw wrongOption(`store.${name}`, 'a method or absent', Reflect.get(store, name))
  }
  checkCapabilities(Reflect.get(store, 'capabilities'))
  if ((store as Store).capabilities.lock && !isFunction(store, 'lock')) {
    const expected = 'one with the method lock, since its capabilities.lock is true'
    throw wrongOption('store', expected, Reflect.get(store, 'lock'))
  }
}

function checkCapabilities(claimed: unknown): void {
  const names = Object.keys(CAPABILITIES)
  if (typeof claimed !== 'object' || claimed === null) {
    throw wrongOption('store.capabilities', `an object of ${listed(names)}, each true or false`, claimed)
  }
  for (const name of names) {
    const value: unknown = Reflect.get(claimed, name)
    if (typeof value === 'boolean') continue
    const meaning = CAPABILITIES[name as keyof Capabilities]
    throw wrongOption(`store.capabilities.${name}`, `true or false: ${meaning}`, value)
  }
  const unknown = Object.keys(claimed).find((name) => !names.includes(name))
  if (unknown !== undefined) throw unknownOption('store.capabilities', unknown, names)
}

function requireAll(store: object, names: readonly string[], what: string): void {
  const missing = names.filter((name) => !isFunction(store, name))
  if (missing.length === 0) return
  throw new SessionConfigError(
    `Expected store to be ${what} with the methods ${listed(names)}, got a store without ${listed(missing)}.`,
  )
}

const isFunction = (store: object, name: string): boolean => typeof Reflect.get(store, name) === 'function'

function listed(names: readonly string[]): string {
  return names.join(', ').replace(/, ([^,]+)$/, ' and $1')
}
