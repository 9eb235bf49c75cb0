// The verbs of ctx.session.
import type { Flash, SessionObject } from 'koa-session-pipeline'
import { equal, given } from './assert.ts'

interface MyData {
  views: number
  cart?: string[]
}
const session = given<SessionObject<MyData>>()

async function verbs() {
  equal<typeof session.id, string>(true)
  equal<typeof session.isNew, boolean>(true)
  equal<typeof session.createdAt, Date | undefined>(true)
  equal<typeof session.updatedAt, Date | undefined>(true)
  equal<typeof session.expiresAt, Date | undefined>(true)
  equal<typeof session.endReason, string | undefined>(true)

  equal<ReturnType<typeof session.touch>, Promise<void>>(true)
  await session.destroy()
  await session.destroy('logged out')
  await session.changeId()
  await session.regenerate()
  await session.regenerate({ keep: ['cart'] })
  await session.regenerate({ keep: true })
  await session.save()
  await session.reload()
  const views = await session.update((data) => (data.views += 1))
  equal<typeof views, number>(true)
  const later = await session.update(async (data) => data.cart)
  equal<typeof later, string[] | undefined>(true)
  // @ts-expect-error -- the data have no such key
  await session.update((data) => data.visits)
}

// The forms that passport calls
const done = (error?: unknown) => void error
equal<ReturnType<typeof calling>, void>(true)
const calling = () => session.save(done)
session.destroy(done)
session.destroy('logged out', done)
session.destroy(undefined, done)
session.changeId(done)
session.regenerate(done)
session.regenerate({ keep: true }, done)
session.regenerate(undefined, done)
// @ts-expect-error -- a reason is text
void session.destroy(5)
// @ts-expect-error -- keys are names
void session.regenerate({ keep: [5] })
// @ts-expect-error -- no Node form
void session.touch(done)

// Keys with a deadline
session.expireKey('cart', '10m')
session.expireKey('views', 60_000)
// @ts-expect-error -- no such key
session.expireKey('visits', '10m')
// @ts-expect-error -- a duration
session.expireKey('cart', new Date())

// What can be set
session.idleTimeout = '20m'
session.idleTimeout = false
equal<SessionObject<MyData>['idleTimeout'], number | false>(true)
session.absoluteTimeout = 60_000
session.noStore = true
session.lateStore = true
session.cookieOptions = { sameSite: 'strict', persistent: true }
// @ts-expect-error -- one for all requests
session.cookieOptions = { name: 'other' }
session.boundAddress = undefined
session.boundUserAgent = undefined

// What cannot
// @ts-expect-error -- only undefined
session.boundAddress = '127.0.0.1'
// @ts-expect-error -- read-only
session.id = 'mine'
// @ts-expect-error -- read-only
session.expiresAt = new Date()
// @ts-expect-error -- a verb
session.save = true
// @ts-expect-error -- a boolean
session.noStore = 'yes'

// Flash is loose until FlashData is augmented
equal<typeof session.flash, Flash>(true)
session.flash.notice = 'Saved'
session.flash = { notice: 'Saved', errors: ['one'] }
session.keepFlash('notice')
session.clearFlash()

export { verbs }
