import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import test from 'ava'
import * as devalue from 'devalue'
import Koa from 'koa'
import superjson from 'superjson'
import { session, type SessionOptions, type Serializer } from '../../src/index.ts'

const start = (serializer: unknown): unknown => session(new Koa(), { serializer } as SessionOptions)

const key = randomBytes(32)
const encrypting: Serializer = {
  stringify(value) {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, iv)
    const text = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')
  },
  parse(text) {
    const all = Buffer.from(text, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key, all.subarray(0, 12)).setAuthTag(
      all.subarray(12, 28),
    )
    return JSON.parse(
      Buffer.concat([decipher.update(all.subarray(28)), decipher.final()]).toString(),
    ) as unknown
  },
}

const wrong: Record<string, [serializer: object, message: RegExp]> = {
  'an encryption with a fresh IV': [encrypting, /different texts for the same value.*wrap the store/s],
  'one that does not read back what it wrote': [
    { stringify: (value: unknown) => `${JSON.stringify(value)} `, parse: (text: string) => ({ text }) },
    /another text.*wrap the store/s,
  ],
  'one that returns bytes': [
    { stringify: () => Buffer.from('x'), parse: JSON.parse },
    /returns text, got <Buffer/,
  ],
  'one that returns a promise': [
    { stringify: async () => 'x', parse: JSON.parse },
    /returns text, got Promise/,
  ],
  'one that cannot write': [
    {
      stringify: () => {
        throw new Error('no')
      },
      parse: JSON.parse,
    },
    /plain strings.*cause/,
  ],
  'one that cannot read': [
    {
      stringify: JSON.stringify,
      parse: () => {
        throw new Error('no')
      },
    },
    /plain strings.*cause/,
  ],
}

for (const [what, [serializer, message]] of Object.entries(wrong))
  test(`a serializer is refused at start: ${what}`, (t) => {
    t.throws(() => start(serializer), { code: 'ERR_SESSION_CONFIG', message })
    t.throws(() => session(new Koa()).with({ serializer } as object), { code: 'ERR_SESSION_CONFIG', message })
  })

for (const [what, serializer] of Object.entries({
  JSON,
  devalue,
  superjson,
  'an indenting one': { stringify: (value: unknown) => JSON.stringify(value, null, 2), parse: JSON.parse },
}))
  test(`a serializer fits: ${what}`, (t) => {
    t.notThrows(() => start(serializer))
  })
