import { createHash } from 'node:crypto'

/** A program for the server, which runs it at once, with no other command in between. */
export interface Script {
  readonly source: string
  /** The server knows it by this once it has seen it. */
  readonly sha: string
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') }
}

/**
 * Key; how the value in the way must begin, empty: there must be none; value; when to forget it.
 * Replies with 1, or with 0 and what stands there.
 */
export const SET: Script = script(`
local holds
if ARGV[1] == '' then
  holds = redis.call('EXISTS', KEYS[1]) == 0
else
  holds = redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) == ARGV[1]
end
if not holds then
  return {0, redis.call('GET', KEYS[1])}
end
redis.call('SET', KEYS[1], ARGV[2], 'PXAT', ARGV[3])
return {1}`)

/**
 * Key; how the value must begin; the new deadline, which stands after that; when to forget the value. Deadlines have
 * one width, so they compare as text. The data are neither read nor written. The server lets a script that has
 * written go on when memory is full, so the order here lets sessions be extended even then.
 */
export const TOUCH: Script = script(`
local at = #ARGV[1]
if redis.call('GETRANGE', KEYS[1], 0, at - 1) ~= ARGV[1] then
  return 0
end
if redis.call('GETRANGE', KEYS[1], at, at + #ARGV[2] - 1) < ARGV[2] then
  redis.call('PEXPIREAT', KEYS[1], ARGV[3])
  redis.call('SETRANGE', KEYS[1], at, ARGV[2])
end
return 1`)

/** Key, token, lease. May be sent twice: the holder of the lock gets the lock again. */
export const LOCK: Script = script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

/** Key, token, lease. */
export const RENEW: Script = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

/** Key, token. */
export const RELEASE: Script = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])`)
