import Koa from 'koa'
import {
  CookieState,
  HeaderState,
  MemoryStore,
  NullStore,
  ParameterState,
  SealedStore,
  session,
  type SessionOptions,
  type Store,
  type,
} from '../../src/index.ts'
import type { SessionPlan } from '../../src/stages.ts'

export interface Row {
  /** What holds when the option is not given. */
  readonly default: (plan: SessionPlan) => unknown
  readonly right: readonly unknown[]
  readonly wrong: readonly unknown[]
  /** Wrong details, with the full name that the message gives. */
  readonly details?: readonly (readonly [value: unknown, name: string])[]
}

export const nothing = (): undefined => undefined
const text = (): string => 'text'
let drawn = 0
const generate = (): string => `${'x'.repeat(22)}${(drawn += 1)}`
const validate = (token: string): boolean => token.startsWith('xx')
const timeouts = {
  right: [1, 60_000, 0.5, '500ms', '30s', '20m', '1.5h', '2 h', '7d', '1w', false],
  wrong: [0, -1, NaN, Infinity, 1e15, '0s', '-5m', '20 minutes', '', 'm', '20M', '101y', true, null, {}, 10n],
}
const flags = { right: [true, false], wrong: ['true', 'yes', 0, 1, null, {}, nothing] }
const keepsNothing = new NullStore()
const store: Store = {
  get: nothing,
  set: () => ({ ok: false }),
  touch: () => false,
  delete: () => false,
  capabilities: { atomic: false, shared: false, durable: false, expires: false, lock: false },
}
const state = { extract: () => [], finalize: nothing, forget: nothing }

/** Every option, with its default, and values that are right and wrong. */
export const TABLE: Readonly<Record<keyof SessionOptions, Row>> = {
  store: {
    default: (plan) => plan.store instanceof MemoryStore,
    right: [new MemoryStore(), keepsNothing, store, new SealedStore({ keys: ['k'.repeat(43)] })],
    wrong: [
      null,
      {},
      'memory',
      MemoryStore,
      new Map(),
      Promise.resolve(store),
      { ...store, touch: undefined },
    ],
  },
  state: {
    default: (plan) => plan.state instanceof CookieState && plan.state.name === 'sid',
    right: [new CookieState(), new HeaderState(), new ParameterState(), state, [new CookieState(), state]],
    wrong: [null, {}, 'cookie', CookieState, [], [state, {}], [[state]], { ...state, forget: undefined }],
  },
  cookie: {
    default: (plan) => !(plan.state as CookieState).persistent,
    right: [{}, { name: 'other' }, { name: undefined }, { persistent: true, secure: true }],
    wrong: [null, 'sid', true, [], 5, nothing],
    details: [
      [{ sameSite: 'Lax' }, 'cookie.sameSite'],
      [{ secure: 'yes' }, 'cookie.secure'],
    ],
  },
  idleTimeout: { default: (plan) => plan.idleTimeout === 7_200_000, ...timeouts },
  absoluteTimeout: { default: (plan) => plan.absoluteTimeout === 30 * 86_400_000, ...timeouts },
  expiryThreshold: {
    default: (plan) => plan.expiryThreshold === undefined,
    right: [0, 1, '5m', '90m'],
    wrong: [-1, NaN, Infinity, 'soon', '', false, true, null, {}],
  },
  verifyAddress: {
    default: (plan) => plan.verifyAddress === false,
    right: [
      true,
      false,
      {},
      { ipv4: 24, ipv6: 56 },
      { ipv4: 0, ipv6: 0 },
      { ipv4: 32, ipv6: 128 },
      { ipv4: undefined, by: undefined },
      { by: text },
      ...['destroy', 'refuse', 'observe'].map((onMismatch) => ({ onMismatch })),
    ],
    wrong: ['yes', 1, null, [], nothing],
    details: [
      ...[33, -1, 1.5, '24', null, NaN].map((ipv4) => [{ ipv4 }, 'verifyAddress.ipv4'] as const),
      ...[129, -1, '56'].map((ipv6) => [{ ipv6 }, 'verifyAddress.ipv6'] as const),
      ...['ip', null, {}].map((by) => [{ by }, 'verifyAddress.by'] as const),
      ...['ignore', true, null].map((onMismatch) => [{ onMismatch }, 'verifyAddress.onMismatch'] as const),
    ],
  },
  verifyUserAgent: {
    default: (plan) => plan.verifyUserAgent === false,
    right: [true, false, {}, { by: text }, { onMismatch: 'observe' }],
    wrong: ['yes', 1, null, [], nothing],
    details: [
      [{ by: 'User-Agent' }, 'verifyUserAgent.by'],
      [{ onMismatch: 'ignore' }, 'verifyUserAgent.onMismatch'],
    ],
  },
  flashToState: { default: (plan) => !plan.flashToState, ...flags },
  concurrency: {
    default: (plan) => plan.concurrency === undefined,
    right: [
      'merge',
      'last-write',
      'lock',
      { mode: 'merge' },
      { mode: 'merge', resolve: { cart: text } },
      { mode: 'merge', resolve: undefined },
      { mode: 'last-write' },
      { mode: 'lock', wait: '1s', lease: 1000, maxWaiters: 0 },
    ],
    wrong: [
      'none',
      'Merge',
      '',
      'toString',
      true,
      null,
      [],
      {},
      { mode: undefined },
      { mode: 'all' },
      nothing,
    ],
    details: [
      [{ mode: 'merge', resolve: { cart: 'mine' } }, 'concurrency.resolve'],
      [{ mode: 'merge', resolve: null }, 'concurrency.resolve'],
      [{ mode: 'lock', wait: -1 }, 'concurrency.wait'],
      [{ mode: 'lock', wait: 'soon' }, 'concurrency.wait'],
      [{ mode: 'lock', lease: 0 }, 'concurrency.lease'],
      [{ mode: 'lock', maxWaiters: -1 }, 'concurrency.maxWaiters'],
      [{ mode: 'lock', maxWaiters: 1.5 }, 'concurrency.maxWaiters'],
    ],
  },
  saveOnError: { default: (plan) => !plan.saveOnError, ...flags },
  onStoreError: {
    default: (plan) => plan.onStoreError === 'throw',
    right: ['throw', 'anonymous'],
    wrong: ['ignore', 'Throw', '', true, false, null, nothing],
  },
  storeTimeout: {
    default: (plan) => plan.storeTimeout === undefined,
    right: [false, '3s', 50, '1ms'],
    wrong: [0, -1, NaN, null, true, '', 'soon', [], {}, nothing],
  },
  serializer: {
    default: (plan) => plan.serializer === JSON,
    right: [JSON, { stringify: text, parse: nothing }],
    wrong: [null, {}, { stringify: text }, { parse: nothing }, 'json', nothing],
  },
  token: {
    default: (plan) => /^[\w-]{43}$/.test(plan.token.generate()),
    right: [
      { generate, validate },
      { generate, validate: /^x+\d+$/ },
      { generate, validate: /^x+\d+$/gy },
    ],
    wrong: [
      null,
      {},
      { generate },
      { validate },
      { generate: 'x', validate },
      { generate, validate: '^x' },
      generate,
    ],
  },
  stages: {
    default: () => session(new Koa()).stages.names.length === 7,
    right: [(defaults: unknown) => defaults],
    wrong: [null, [], {}, 'flash', true],
  },
  skip: {
    default: (plan) => plan.skip === undefined,
    right: [() => true],
    wrong: [null, true, '/assets', /assets/, ['/assets']],
  },
  as: {
    default: (plan) => plan.as === 'session',
    right: ['session', 'admin', '_own', '$own', 'own2'],
    wrong: ['', 'my session', '2own', 'a.b', 'a-b', 5, null, true, {}],
  },
  clock: {
    default: (plan) => Math.abs(plan.clock() - Date.now()) < 60_000,
    right: [() => 0, Date.now],
    wrong: [null, 0, Date.now(), new Date(), { now: Date.now }],
  },
  type: {
    default: () => true,
    right: [type<{ views: number }>()],
    wrong: [null, 'MyData', 5, nothing],
  },
}
