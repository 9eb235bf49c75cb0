// What sealing costs: SealedStore against bare node:crypto (what AES-256-GCM costs anyhow), against a key
// derived for each token, and against iron-webcrypto where that is installed. All take turns in one run, and
// the figures to trust are the ratios. Run: npm run build && node bench/seal.js
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  webcrypto,
} from 'node:crypto'
import { SealedStore } from '../dist/index.js'

const SECRET = randomBytes(32).toString('base64url')
const ID = randomBytes(32).toString('base64url')
const ROUNDS = 21
const store = new SealedStore({ keys: [SECRET] })
const rotated = new SealedStore({ keys: [`${SECRET} newest`, `${SECRET} newer`, SECRET] })
const key = createSecretKey(randomBytes(32))
const iron = await import('iron-webcrypto').catch(() => undefined)

function bareSeal(text, secret = key) {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', secret, iv)
  return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  )
}

function bareOpen(token) {
  const sealed = Buffer.from(token, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 })
  decipher.setAuthTag(sealed.subarray(-16))
  return decipher.update(sealed.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8')
}

/** Sealed or opened `times`: nanoseconds each. */
async function time(work, times) {
  const began = process.hrtime.bigint()
  for (let i = 0; i < times; i++) {
    const result = work()
    if (result instanceof Promise) await result
  }
  return Number(process.hrtime.bigint() - began) / times
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

for (const size of [89, 2100]) {
  const data = 'x'.repeat(size)
  const until = Date.now() + 3_600_000
  const token = store.seal(ID, data, until)
  const bare = bareSeal(data)
  const forged = token.slice(0, 4) + randomBytes(90).toString('base64url')
  const contestants = {
    'bare seal': [() => bareSeal(data), 2000],
    'SealedStore.seal': [() => store.seal(ID, data, until), 2000],
    'HKDF for each seal': [
      () => bareSeal(data, Buffer.from(hkdfSync('sha256', SECRET, '', 'session', 32))),
      1000,
    ],
    'bare open': [() => bareOpen(bare), 2000],
    'SealedStore.open': [() => store.open(token), 2000],
    'SealedStore.open, third key': [() => rotated.open(token), 2000],
    'SealedStore.open, forged': [() => store.open(forged), 2000],
    'SealedStore.open, garbage': [() => store.open(bare), 20_000],
  }
  if (iron) {
    const sealed = await iron.seal(webcrypto, data, SECRET, iron.defaults)
    contestants['iron-webcrypto seal'] = [() => iron.seal(webcrypto, data, SECRET, iron.defaults), 50]
    contestants['iron-webcrypto unseal'] = [() => iron.unseal(webcrypto, sealed, SECRET, iron.defaults), 50]
  }
  const times = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [work, count]] of Object.entries(contestants)) times[name].push(await time(work, count))
  }
  console.log(`\n${size} bytes of data, token of ${token.length} characters`)
  for (const [name, all] of Object.entries(times)) {
    const against = /open|unseal/.test(name) ? 'bare open' : 'bare seal'
    const ratio = median(all.map((ns, round) => ns / times[against][round]))
    console.log(
      `${name.padEnd(30)}${(median(all) / 1000).toFixed(2).padStart(9)} µs${ratio.toFixed(2).padStart(8)} × ${against}`,
    )
  }
}
if (!iron) console.log('\niron-webcrypto is not installed here, so it was left out.')
