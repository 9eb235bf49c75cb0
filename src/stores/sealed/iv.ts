import { randomFillSync } from 'node:crypto'

/**
 * 96 random bits, as AES-GCM wants them (NIST SP 800-38D §8.2.2). Under one key at most 2^32 of them may be
 * drawn, so a site with 1000 saves a second changes its newest key every month.
 */
export const IV_BYTES = 12

const POOLED = 128
const pool = Buffer.allocUnsafeSlow(IV_BYTES * POOLED)
let used = pool.length

/** From a pool, as one call for each would cost as much as the encryption. Use it before the next is drawn. */
export function drawIv(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const iv = pool.subarray(used, used + IV_BYTES)
  used += IV_BYTES
  return iv
}
