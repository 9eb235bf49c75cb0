import type { ExecutionContext } from 'ava'
import {
  CookieState,
  FileStore,
  NullStore,
  ParameterState,
  type SealedStoreContract,
  type SessionOptions,
  type State,
  type Store,
} from '../../src/index.ts'
import { SealedStore } from '../../src/stores/sealed.ts'
import type { FakeClock } from '../../src/testing/fake-clock.ts'
import { newFolder } from '../helpers/file-folder.ts'
import { CacheStore } from '../../src/stores/cache/index.ts'
import { CountingStore } from './counting-store.ts'
import type { Settings } from './scenario.ts'
import { type StatusSetup, statusSetup } from './status-vocabulary.ts'

/** A scenario's configuration in our options, and what of it the operations have to reach. */
export interface Setup {
  readonly options: SessionOptions<object>
  readonly store: Store | SealedStoreContract
  readonly folder: string | undefined
  readonly parameter: ParameterState | undefined
  readonly status: StatusSetup | undefined
}

/** Catalyst's 0: never, 1: always, 2: when the request came over https. */
const SECURE = [false, true, 'auto'] as const

/**
 * Seconds become milliseconds. What Catalyst does whatever is configured has options here, whose defaults are
 * difference 23: the cookie lives as long as the session and moves with it (`persistent`), every use extends
 * (`expiryThreshold: 0`), and there is no absolute end. Catalyst saves what a failed request has changed, too;
 * `saveOnError` is left as it is, so that this shows (difference 21).
 */
export function catalystSetup(t: ExecutionContext, config: Settings, clock: FakeClock): Setup {
  const name = 'sid'
  const parameter = config['state'] === undefined ? undefined : new ParameterState({ name })
  const cookie = new CookieState({
    name,
    persistent: true,
    ...(config['cookieSecure'] !== undefined && { secure: SECURE[Number(config['cookieSecure'])] }),
    ...(config['cookieSameSite'] !== undefined && { sameSite: sameSite(config['cookieSameSite']) }),
  })
  const state = stateOf(config['state'], cookie, parameter)
  const { store, folder } = storeOf(t, config, clock)
  const threshold = Number(config['expiryThreshold'] ?? 0) * 1000
  return {
    store,
    folder,
    parameter,
    status: statusSetup(config),
    options: {
      clock,
      store,
      state,
      idleTimeout: Number(config['expires'] ?? 7200) * 1000,
      absoluteTimeout: false,
      expiryThreshold: threshold,
      verifyAddress: config['verifyAddress'] === true,
      verifyUserAgent: config['verifyUserAgent'] === true,
      flashToState: config['flashToStash'] === true,
    },
  }
}

/**
 * Plack's sessions never end by themselves (difference 23), and its cookie ends with the browser, as ours does
 * by default.
 */
export function plackSetup(t: ExecutionContext, config: Settings, clock: FakeClock): Setup {
  const name = 'plack_session'
  const parameter = config['state'] === 'param' ? new ParameterState({ name }) : undefined
  const cookie = new CookieState({
    name,
    ...(config['partitioned'] !== undefined && { partitioned: Boolean(config['partitioned']) }),
    ...(config['secure'] !== undefined && { secure: Boolean(config['secure']) }),
    ...(config['sameSite'] !== undefined && { sameSite: sameSite(config['sameSite']) }),
  })
  const { store, folder } = storeOf(t, config, clock)
  let drawn = 0
  const prefix = config['sidPrefix']
  return {
    store,
    folder,
    parameter,
    status: statusSetup(config),
    options: {
      clock,
      store,
      state: parameter ?? cookie,
      idleTimeout: false,
      absoluteTimeout: false,
      ...(typeof prefix === 'string' && {
        token: {
          generate: () => `${prefix}${String((drawn += 1)).padStart(4, '0')}`,
          validate: /^[\w-]{43}$/,
        },
      }),
    },
  }
}

function stateOf(asked: unknown, cookie: State, parameter: State | undefined): State | State[] {
  if (!parameter) return cookie
  return asked === 'uri' ? parameter : [cookie, parameter]
}

function sameSite(value: unknown): 'lax' | 'strict' | 'none' {
  return String(value).toLowerCase() as 'lax' | 'strict' | 'none'
}

/** A store that comes with a later part of the package: the one in memory stands in for it. */
export interface Later {
  readonly store: string
  readonly module: URL
}

const LATER: Readonly<Record<string, Later>> = {
  fastmmap: later('LmdbStore', 'lmdb'),
  dbi: later('SqlStore', 'sql'),
  dbic: later('SqlStore', 'sql'),
}

export function standIn(store: unknown): Later | undefined {
  return LATER[String(store)]
}

function later(store: string, module: string): Later {
  return { store, module: new URL(`../../src/stores/${module}.js`, import.meta.url) }
}

function storeOf(
  t: ExecutionContext,
  config: Settings,
  clock: FakeClock,
): { store: Store | SealedStoreContract; folder: string | undefined } {
  if (config['state'] === 'cookieStore') {
    const secret = config['secret']
    const keys = typeof secret === 'string' ? [secret.padEnd(32, secret)] : []
    return { store: new SealedStore({ keys }), folder: undefined }
  }
  if (config['store'] === 'null') return { store: new NullStore(), folder: undefined }
  if (config['store'] === 'cache')
    return { store: new CacheStore({ cache: new Map<string, string>(), clock }), folder: undefined }
  if (config['store'] !== 'file') return { store: new CountingStore({ clock }), folder: undefined }
  const folder = newFolder(t)
  const store = new FileStore({ dir: folder, clock, sweepInterval: false })
  t.teardown(() => store.close())
  return { store, folder }
}
