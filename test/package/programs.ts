// The programs that users of the package write, one for each way to load it.

const SAYS = `
const names = session(new Koa()).stages.names
console.log(names[1], stages.parseDuration('20ms'), typeof testing.fakeClock === 'function', typeof statusMessages === 'function')
`

export const IMPORTING: string = `
import Koa from 'koa'
import session, { session as named } from 'koa-session-pipeline'
import * as stages from 'koa-session-pipeline/stages'
import * as testing from 'koa-session-pipeline/testing'
import { statusMessages } from 'koa-session-pipeline/status-messages'
if (session !== named) throw new Error('two of them')
${SAYS}`

export const REQUIRING: string = `
const Koa = require('koa')
const { session, default: standard } = require('koa-session-pipeline')
const stages = require('koa-session-pipeline/stages')
const testing = require('koa-session-pipeline/testing')
const { statusMessages } = require('koa-session-pipeline/status-messages')
if (session !== standard) throw new Error('two of them')
${SAYS}`

const APPLICATION = `
const app = new Koa()
const nothing = stage('nothing', function* () {})
const sessions = session<{ views?: number }>(app, { clock: fakeClock(0), stages: (all) => all.append(nothing) })
app.use(sessions).use((ctx) => {
  ctx.session.views = (ctx.session.views ?? 0) + 1
  ctx.body = [ctx.session.views, 'view,', parseDuration('1s'), 'ms'].join(' ')
})
const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as AddressInfo
  const answer = await fetch('http://127.0.0.1:' + port)
  console.log((await answer.text()) + ', ' + answer.headers.get('set-cookie')?.slice(0, 4))
  server.close()
})
`

/** In TypeScript, with every entry that has types. */
export const PROGRAM: string = `
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { session, stage } from 'koa-session-pipeline'
import { accountSessions } from 'koa-session-pipeline/accounts'
import { parseDuration } from 'koa-session-pipeline/stages'
import { statusMessages } from 'koa-session-pipeline/status-messages'
import { fakeClock } from 'koa-session-pipeline/testing'
statusMessages satisfies Function
accountSessions satisfies Function
${APPLICATION}`

/** Where TypeScript refuses a static import. */
export const DYNAMIC: string = `
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import type { SessionOptions } from 'koa-session-pipeline' with { 'resolution-mode': 'import' }
void main({ idleTimeout: '20m' })
async function main(_options: SessionOptions) {
const { session, stage } = await import('koa-session-pipeline')
const { parseDuration } = await import('koa-session-pipeline/stages')
const { fakeClock } = await import('koa-session-pipeline/testing')
${APPLICATION}
}
`

const TEST = `
import Koa from 'koa'
import { session } from 'koa-session-pipeline'
import { expect, test } from '@jest/globals'
test('the package is there', () => {
  expect(session(new Koa(), { idleTimeout: '20m' }).stages.names).toContain('persist')
})
`

const ESM_FLAGS = ['--no-warnings', '--experimental-vm-modules']

function config(options: object): string {
  return `module.exports = ${JSON.stringify({ testEnvironment: 'node', testMatch: ['**/*.test.*'], ...options })}`
}

/** Set-ups of Jest that work on Node 20. They are those of docs/typescript.md. */
export const JEST: Readonly<
  Record<string, { readonly files: Readonly<Record<string, string>>; readonly flags?: readonly string[] }>
> = {
  esm: { files: { 'a.test.mjs': TEST, 'jest.config.cjs': config({}) }, flags: ESM_FLAGS },
  'ts-jest-esm': {
    files: {
      'a.test.ts': TEST,
      'jest.config.cjs': config({
        extensionsToTreatAsEsm: ['.ts'],
        transform: {
          '\\.ts$': [
            'ts-jest',
            {
              useESM: true,
              tsconfig: { module: 'esnext', moduleResolution: 'bundler', esModuleInterop: true },
            },
          ],
        },
      }),
    },
    flags: ESM_FLAGS,
  },
  'ts-jest-commonjs': {
    files: {
      'a.test.ts': TEST,
      'jest.config.cjs': config({
        transform: {
          '\\.[jt]s$': [
            'ts-jest',
            { tsconfig: { module: 'commonjs', target: 'es2022', esModuleInterop: true, allowJs: true } },
          ],
        },
        transformIgnorePatterns: ['/node_modules/(?!koa-session-pipeline/)'],
      }),
    },
  },
}
