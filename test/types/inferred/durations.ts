// Durations: what does not compile would be refused at start.
import Koa from 'koa'
import { type Duration, FileStore, session, type SessionOptions } from 'koa-session-pipeline'
import { fakeClock } from 'koa-session-pipeline/testing'
import { equal, given } from './assert.ts'

const right: readonly Duration[] = [1, 0.5, '500ms', '30s', '20m', '2h', '7d', '2w', '1.5h', '20 m']
session(new Koa(), { idleTimeout: '20m', absoluteTimeout: false, expiryThreshold: 0 })
session(new Koa(), { concurrency: { mode: 'lock', wait: '2 s', lease: 5_000 } })
void new FileStore({ dir: 'sessions', sweepInterval: '1h' })
fakeClock().advance('3m')

// @ts-expect-error -- the unit is m
session(new Koa(), { idleTimeout: '20 minutes' })
// @ts-expect-error -- no unit
session(new Koa(), { idleTimeout: '20' })
// @ts-expect-error -- no number
session(new Koa(), { absoluteTimeout: 'never' })
// @ts-expect-error -- false, not null
session(new Koa(), { absoluteTimeout: null })
// @ts-expect-error -- two of them
session(new Koa(), { expiryThreshold: '1h 30m' })
// @ts-expect-error -- a capital letter
session(new Koa(), { concurrency: { mode: 'lock', wait: '2S' } })
// @ts-expect-error -- a number alone
void new FileStore({ dir: 'sessions', sweepInterval: '3600' })
// @ts-expect-error -- the unit is m
fakeClock().advance('3 min')

// What is only known to be text is checked by the application
const text = given<string>()
// @ts-expect-error -- any text
session(new Koa(), { idleTimeout: text })
session(new Koa(), { idleTimeout: text as Duration })
const options = { idleTimeout: '20m' } satisfies SessionOptions
session(new Koa(), options)
equal<typeof options.idleTimeout, '20m'>(true)

export { right }
