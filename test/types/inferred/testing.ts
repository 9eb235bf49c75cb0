// What tests mint and read has the type of the sessions that they give.
import Koa from 'koa'
import { session, type SessionObject, type } from 'koa-session-pipeline'
import { mintSession, readSession } from 'koa-session-pipeline/testing'
import { equal } from './assert.ts'

interface MyData {
  user?: string
  views: number
}

const app = new Koa()
const sessions = session<MyData>(app)
const minted = await mintSession(sessions, { views: 1 })
await mintSession(sessions, async (ctx) => {
  equal<typeof ctx.session, SessionObject<MyData>>(true)
  await ctx.session.regenerate()
  ctx.session.views = 1
})
// @ts-expect-error -- a number
void mintSession(sessions, { views: 'many' })
// @ts-expect-error -- no such key
void mintSession(sessions, { views: 1, visits: 1 })
// @ts-expect-error -- no such option
void mintSession(sessions, { views: 1 }, { header: {} })

const read = await readSession(sessions, minted)
equal<NonNullable<typeof read>['data'], MyData>(true)
const views: number | undefined = read?.data.views
void readSession(sessions, await fetch('http://localhost'))
void readSession(sessions, minted.cookie)
// @ts-expect-error -- no carrier
void readSession(sessions, 5)
export { views }

// Under another name, with other stages, and without a type
const admins = session(app, { as: 'admin', type: type<{ role: string }>() })
await mintSession(admins, (ctx) => (ctx.admin.role = 'root'))
const edited = session(app, { stages: (defaults) => defaults.remove('flash') })
await mintSession(edited, { anything: 1 })
const loose = await readSession(edited, '')
equal<NonNullable<typeof loose>['data'], Record<string, unknown>>(true)
