import type Koa from 'koa'
import { SessionConfigError } from '../../errors.ts'
import { describe, wrongOption } from '../../checks/messages.ts'
import { checkOptionNames } from '../options.ts'
import { SealingKey } from './key.ts'

/** What `SealedStore` needs. */
export interface SealedStoreOptions {
  /**
   * Secrets, newest first: the first one seals, all of them open, so that sessions live on through a change of
   * keys. Each at least 32 characters or bytes of randomness. A list in `app.keys` fits as it is; it is copied.
   * A key is good for four thousand million tokens (2^32, NIST SP 800-38D §8.3); put a new one in front in time.
   */
  readonly keys: readonly (string | Uint8Array)[] | Koa['keys']
  /**
   * What the tokens are for. A store opens only tokens of its own purpose, so give two applications that share
   * keys two purposes: else a visitor could use the cookie of one application in the other application. Instances with two names (the
   * option `as`) are told apart anyway. Default `'session'`.
   */
  readonly purpose?: string | undefined
}

/** A key of AES-256 holds as much, so a secret must not be easier to guess (NIST SP 800-133). */
const SHORTEST_KEY = 32

/** The keys, newest first. No message shows one of them. `kept`: what tells keys of another place from a token's. */
export function planSealing(
  options: SealedStoreOptions,
  where = 'SealedStore',
  kept = '',
): [SealingKey, ...SealingKey[]] {
  checkOptionNames(where, options, ['keys', 'purpose'])
  const { keys, purpose = 'session' } = options
  if (typeof purpose !== 'string' || purpose === '') {
    throw wrongOption(`purpose of ${where}`, 'a text that is not empty', purpose)
  }
  if (!Array.isArray(keys)) {
    throw new SessionConfigError(
      `Expected keys of ${where} to be a list of secrets, got ${kind(keys)}. ` +
        '(app.keys has to be set before, and to a list: a Keygrip does not tell its secrets.)',
    )
  }
  const [newest, ...older] = (keys as unknown[]).map((key, index) => {
    checkKey(key, `keys[${index}] of ${where}`)
    return new SealingKey(key, kept + purpose)
  })
  if (newest) return [newest, ...older]
  throw new SessionConfigError(`Expected keys of ${where} to hold at least one secret, got none.`)
}

function checkKey(key: unknown, option: string): asserts key is string | Uint8Array {
  const expected = `Expected ${option} to be at least ${SHORTEST_KEY} random characters or bytes`
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) {
    throw new SessionConfigError(`${expected}, got ${kind(key)}.`)
  }
  if (key.length < SHORTEST_KEY) {
    throw new SessionConfigError(
      `${expected}, got ${key.length}. Make one with: node -p "crypto.randomBytes(32).toString('base64url')"`,
    )
  }
}

/** What it is, and nothing of what it holds. */
function kind(value: unknown): string {
  return value === null || value === undefined ? describe(value) : `a value of type ${typeof value}`
}
