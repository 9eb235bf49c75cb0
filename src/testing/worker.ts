// What the conformance suite runs in other processes: opens a store, then does as it is told.
import assert from 'node:assert/strict'
import type { Lock, Store } from '../stores/store.ts'
import { increment, incrementUnderLock } from './conformance/increment.ts'
import type { Answer, Order } from './conformance/process.ts'

let store: Store
let lock: Lock | undefined
let closed = false

async function open({ module, name, argument }: Extract<Order, { do: 'open' }>): Promise<void> {
  const exports: Record<string, unknown> = await import(module)
  const factory = exports[name]
  assert.ok(typeof factory === 'function', `${module} does not export a function '${name}'`)
  store = await factory(argument)
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      return open(order)
    case 'get':
      return store.get(order.id)
    case 'set':
      return store.set(order.id, order.data, order.expiresAt, order.when)
    case 'touch':
      return store.touch(order.id, order.expiresAt, order.version)
    case 'delete':
      return store.delete(order.id)
    case 'increment':
      for (let n = 0; n < order.times; n += 1) await increment(store, order.id)
      return undefined
    case 'incrementUnderLock':
      for (let n = 0; n < order.times; n += 1) await incrementUnderLock(store, order.id)
      return undefined
    case 'lock':
      lock = await store.lock!(order.id, { wait: order.wait, lease: order.lease })
      return undefined
    case 'renew':
      return lock!.renew()
    case 'close':
      await store.close?.()
      closed = true
      // From here on only the store can keep this process alive.
      return process.disconnect()
    default:
      return assert.fail('unknown order')
  }
}

// Nobody is left to give orders.
process.on('disconnect', () => {
  if (!closed) process.exit()
})

process.on('message', ({ number, order }: { number: number; order: Order }) => {
  void obey(order)
    .then(
      (value): Answer<unknown> => ({ number, value }),
      (error: unknown): Answer<unknown> => ({
        number,
        error: error instanceof Error ? error.stack : String(error),
      }),
    )
    .then((answer) => process.connected && process.send!(answer))
})
