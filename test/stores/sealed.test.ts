import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import test from 'ava'
import Koa from 'koa'
import { type SealedStoreContract, SealedStore, SessionConfigError } from '../../src/index.ts'

const OLD_KEY = 'an old secret of more than 32 characters'
const NEW_KEY = 'a newer secret of more than 32 characters'
const DATA = '{"createdAt":1,"updatedAt":2}\n{"data":{"name":"Zoë 🎈"},"flash":{}}'
const ID = 'J8m3Z0mYx2P0c3J1c3d5Y2x0b2Jhc2U2NHVybGlkMTI'
const UNTIL = 1_900_000_000_123

const storeWith = (...keys: string[]): SealedStore => new SealedStore({ keys })
const opened = ({ id, data, expiresAt }: { id: string; data: string; expiresAt: number }): object => ({
  id,
  data,
  expiresAt,
})
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

test('a sealed record opens to exactly what went in', (t) => {
  const store: SealedStoreContract = storeWith(NEW_KEY)
  const record = store.open(store.seal(ID, DATA, UNTIL))
  t.deepEqual(opened(record!), { id: ID, data: DATA, expiresAt: UNTIL })
})

test('any id, any text and any deadline come back', (t) => {
  const store = storeWith(NEW_KEY)
  for (const id of ['', 'a', 'short id', ID, `${ID}=`, 'ä/b', 'x'.repeat(63), 'x'.repeat(84)]) {
    for (const data of ['', '\n', '\0\uFFFF', 'é'.repeat(500), '\uD800', 'é\uDC00x', '🎈']) {
      for (const expiresAt of [0, 0.5, -1, 253_402_300_799_999]) {
        t.deepEqual(opened(store.open(store.seal(id, data, expiresAt))!), { id, data, expiresAt })
      }
    }
  }
})

test('an id that does not fit is refused at once', (t) => {
  for (const id of ['ä'.repeat(32), 'x'.repeat(88), '\uD800']) {
    t.throws(() => storeWith(NEW_KEY).seal(id, DATA, UNTIL), { instanceOf: RangeError })
  }
})

test('the token is text that a cookie, a header and a URL can carry as it is', (t) => {
  t.regex(storeWith(NEW_KEY).seal(ID, DATA, UNTIL), /^[\w-]+$/)
})

test('the token shows nothing of the record', (t) => {
  const store = storeWith(NEW_KEY)
  const sealed = Buffer.from(store.seal(ID, 'A'.repeat(300), UNTIL), 'base64url').toString('latin1')
  t.notRegex(sealed, /AAAA/)
  t.false(sealed.includes(ID))
})

test('the overhead is 31 bytes, the id and the deadline, before base64url', (t) => {
  const token = storeWith(NEW_KEY).seal(ID, 'A'.repeat(1000), UNTIL)
  t.is(Buffer.from(token, 'base64url').length, 31 + 32 + 9 + 1000)
})

test('the same record makes another token each time', (t) => {
  const store = storeWith(NEW_KEY)
  const tokens = new Set(Array.from({ length: 1000 }, () => store.seal(ID, DATA, UNTIL)))
  t.is(tokens.size, 1000)
  const ivs = new Set([...tokens].map((token) => token.slice(4, 20)))
  t.is(ivs.size, 1000)
})

test('the version differs from token to token and is not the token', (t) => {
  const store = storeWith(NEW_KEY)
  const [first, second] = [store.seal(ID, DATA, UNTIL), store.seal(ID, DATA, UNTIL)]
  const version = store.open(first)!.version
  t.is(store.open(first)!.version, version)
  t.not(store.open(second)!.version, version)
  t.true(version.length > 15 && version.length < first.length / 2)
})

test('a token opens no more when any one of its bits is turned', (t) => {
  const store = storeWith(NEW_KEY)
  const sealed = Buffer.from(store.seal(ID, DATA, UNTIL), 'base64url')
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const tampered = Buffer.from(sealed)
    tampered[bit >> 3]! ^= 1 << (bit & 7)
    t.is(store.open(tampered.toString('base64url')), undefined, `bit ${bit}`)
  }
})

test('a token opens no more when any one of its characters is another one', (t) => {
  const store = storeWith(NEW_KEY)
  for (const data of ['', 'a', 'ab']) {
    const token = store.seal(ID, data, UNTIL)
    for (let at = 0; at < token.length; at++) {
      for (const character of [...ALPHABET.split(''), '+', '/', '=', ' ', '.', '\n', 'ü']) {
        if (character === token[at]) continue
        t.is(store.open(token.slice(0, at) + character + token.slice(at + 1)), undefined)
      }
    }
  }
})

test('a token has one spelling only', (t) => {
  const store = storeWith(NEW_KEY)
  const token = store.seal(ID, DATA, UNTIL)
  const base64 = Buffer.from(token, 'base64url').toString('base64')
  for (const other of [
    `${token}=`,
    `${token}\n`,
    ` ${token}`,
    `${token} `,
    `${base64}==`,
    token.toLowerCase(),
  ]) {
    t.is(store.open(other), undefined)
  }
})

test('every truncation and every prolongation of a token opens to nothing', (t) => {
  const store = storeWith(NEW_KEY)
  const token = store.seal(ID, DATA, UNTIL)
  for (let length = 0; length < token.length; length++) {
    t.is(store.open(token.slice(0, length)), undefined)
    t.is(store.open(token.slice(length + 1)), undefined)
  }
  t.is(store.open(token + token), undefined)
  t.is(store.open(`${token}A`), undefined)
  t.is(store.open(`${token}AAAA`), undefined)
})

test('parts of two tokens make none', (t) => {
  const store = storeWith(NEW_KEY)
  const [first, second] = [store.seal(ID, DATA, UNTIL), store.seal(ID, DATA, UNTIL + 1)]
  for (let at = 5; at < first.length; at += 3) {
    const mixed = first.slice(0, at) + second.slice(at)
    // By chance the two may have the same characters up to here, or from here on.
    if (mixed !== first && mixed !== second) t.is(store.open(mixed), undefined)
  }
})

test('another key opens nothing', (t) => {
  t.is(storeWith(OLD_KEY).open(storeWith(NEW_KEY).seal(ID, DATA, UNTIL)), undefined)
})

test('another key opens nothing even when it claims to be the right one', (t) => {
  const mine = storeWith(NEW_KEY)
  const foreign = storeWith(OLD_KEY).seal(ID, DATA, UNTIL)
  t.is(mine.open(mine.seal(ID, DATA, UNTIL).slice(0, 4) + foreign.slice(4)), undefined)
})

test('all keys open, and the newest seals', (t) => {
  const rotated = storeWith(NEW_KEY, OLD_KEY)
  t.deepEqual(opened(rotated.open(storeWith(OLD_KEY).seal(ID, DATA, UNTIL))!), {
    id: ID,
    data: DATA,
    expiresAt: UNTIL,
  })
  const token = rotated.seal(ID, DATA, UNTIL)
  t.truthy(storeWith(NEW_KEY).open(token))
  t.is(storeWith(OLD_KEY).open(token), undefined)
})

test('a store with many keys opens the tokens of each', (t) => {
  const keys = Array.from({ length: 300 }, (_, index) => `secret number ${index}`.padEnd(32, '*'))
  const store = storeWith(...keys)
  for (const key of keys) t.is(store.open(storeWith(key).seal(ID, DATA, UNTIL))?.data, DATA)
})

test('a token for another purpose opens to nothing', (t) => {
  const keys = [NEW_KEY]
  const admin = new SealedStore({ keys, purpose: 'admin' })
  const visitors = new SealedStore({ keys })
  t.is(visitors.open(admin.seal(ID, DATA, UNTIL)), undefined)
  t.is(admin.open(visitors.seal(ID, DATA, UNTIL)), undefined)
  t.truthy(visitors.open(new SealedStore({ keys, purpose: 'session' }).seal(ID, DATA, UNTIL)))
})

test('the key is bound to the purpose, not only checked for it', (t) => {
  const keys = [NEW_KEY]
  const admin = new SealedStore({ keys, purpose: 'admin' }).seal(ID, DATA, UNTIL)
  const visitors = new SealedStore({ keys })
  t.is(visitors.open(visitors.seal(ID, DATA, UNTIL).slice(0, 4) + admin.slice(4)), undefined)
})

test('garbage opens to nothing and never throws', (t) => {
  const store = storeWith(NEW_KEY)
  const prefix = store.seal(ID, DATA, UNTIL).slice(0, 4)
  const garbage: unknown[] = ['', 'x', '__proto__', 'null', '{}', '\0', '💥', undefined, null, 1, {}, []]
  for (const one of garbage) t.is(store.open(one as string), undefined)
  for (let length = 0; length < 100; length++) {
    t.is(store.open(prefix + randomBytes(length).toString('base64url')), undefined)
    t.is(store.open(randomBytes(length).toString('latin1')), undefined)
  }
})

test('a huge input opens to nothing', (t) => {
  const store = storeWith(NEW_KEY)
  const huge = 'A'.repeat(10_000_000)
  t.is(store.open(huge), undefined)
  t.is(store.open(store.seal(ID, DATA, UNTIL).slice(0, 4) + huge), undefined)
})

test('a huge record is sealed and opened all the same: limits are those of the state', (t) => {
  const store = storeWith(NEW_KEY)
  const data = 'x'.repeat(1_000_000)
  t.is(store.open(store.seal(ID, data, UNTIL))?.data, data)
})

test('bytes and their text are the same key', (t) => {
  const token = new SealedStore({ keys: [Buffer.from(NEW_KEY)] }).seal(ID, DATA, UNTIL)
  t.truthy(storeWith(NEW_KEY).open(token))
})

test('the keys of the application fit as they are', (t) => {
  const app = new Koa()
  app.keys = [NEW_KEY, OLD_KEY]
  const store = new SealedStore({ keys: app.keys })
  t.truthy(store.open(storeWith(OLD_KEY).seal(ID, DATA, UNTIL)))
})

test('keys are copied, so a later change of the list changes nothing', (t) => {
  const keys = [NEW_KEY]
  const store = new SealedStore({ keys })
  keys[0] = OLD_KEY
  t.truthy(storeWith(NEW_KEY).open(store.seal(ID, DATA, UNTIL)))
})

test('32 characters or bytes are enough', (t) => {
  t.notThrows(() => storeWith('x'.repeat(32)))
  t.notThrows(() => new SealedStore({ keys: [randomBytes(32)] }))
  t.notThrows(() => new SealedStore({ keys: [new Uint8Array(randomBytes(32))] }))
})

for (const [what, options, message] of [
  ['no options', undefined, /to be an object, got undefined/],
  ['no keys', {}, /list of secrets, got undefined.*app\.keys/],
  ['a single key', { keys: NEW_KEY }, /list of secrets, got a value of type string/],
  ['a Keygrip', { keys: { sign: () => '' } }, /Keygrip does not tell/],
  ['an empty list', { keys: [] }, /at least one secret/],
  ['a short key', { keys: [NEW_KEY, 'too short, secretly'] }, /keys\[1\].*at least 32.*got 19/],
  ['short bytes', { keys: [Buffer.alloc(31)] }, /keys\[0\].*at least 32.*got 31/],
  ['a key that is a number', { keys: [12_345] }, /keys\[0\].*got a value of type number/],
  ['an unknown option', { keys: [NEW_KEY], porpose: 'x' }, /porpose'.*Did you mean 'SealedStore\.purpose'/],
  ['an empty purpose', { keys: [NEW_KEY], purpose: '' }, /purpose/],
] as const) {
  test(`${what} is a SessionConfigError that shows no key`, (t) => {
    const error = t.throws(() => new SealedStore(options as never), {
      instanceOf: SessionConfigError,
      message,
    })
    t.notRegex(error.message, /newer secret|too short, secretly|12345/)
  })
}

test('inspection shows no key', (t) => {
  const store = storeWith(NEW_KEY)
  t.notRegex(inspect(store, { depth: 9, showHidden: true }), /secret|PrivateKey|Buffer|bytes/i)
  t.is(JSON.stringify(store), '{}')
})
