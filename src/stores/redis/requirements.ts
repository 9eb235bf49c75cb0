import { SessionConfigError } from '../../errors.ts'
import type { Commands } from './commands.ts'

/** What `INFO` says, by name. */
type Info = ReadonlyMap<string, string>

/** `SET … PXAT` came with it. */
const OLDEST = [6, 2] as const

/** @throws SessionConfigError for a server, or a way of using it, on which sessions would not be safe */
export async function verify(commands: Commands, eviction: boolean): Promise<void> {
  if (commands.connection.idle) {
    throw new SessionConfigError(
      'Expected the client of RedisStore to be connected, got a client that is not: await client.connect() before verify().',
    )
  }
  const info = parse(await commands.send('verify', undefined, ['INFO']))
  checkVersion(info)
  if (info.get('role') === 'slave') {
    throw new SessionConfigError(
      'Expected RedisStore to be connected to the master, got a read-only replica.',
    )
  }
  if (!eviction) checkEviction(info)
}

function parse(text: unknown): Info {
  const lines = String(text).split(/\r?\n/)
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(':')
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const]
    }),
  )
}

/** Valkey says which Redis it is like. */
function checkVersion(info: Info): void {
  const version = info.get('redis_version') ?? 'unknown'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return
  throw new SessionConfigError(
    `Expected the server of RedisStore to be Redis ${OLDEST.join('.')} or newer, or Valkey, got Redis ${version}.`,
  )
}

/** All our keys have a deadline, so `volatile-…` evicts them as `allkeys-…` does. */
function checkEviction(info: Info): void {
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  if (policy === 'noeviction' || Number(info.get('maxmemory') ?? 0) === 0) return
  throw new SessionConfigError(
    `Expected the server of RedisStore to have maxmemory-policy noeviction, got ${policy}: when its memory is full it ` +
      'would throw away live sessions. Change the policy, or accept that with the option eviction: true.',
  )
}
