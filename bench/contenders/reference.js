// A yardstick, not a product: the least that a session in memory has to do. It finds the cookie, reads a Map of
// text, parses when `ctx.session` is first read, compares with the text that was loaded, and stores. No expiry, no
// merge, no bindings, no flash, no limits.
import { randomBytes } from 'node:crypto'

const COOKIE = 'sid='

function tokenIn(header) {
  for (let at = header.indexOf(COOKIE); at !== -1; at = header.indexOf(COOKIE, at + 1)) {
    if (at !== 0 && header[at - 1] !== ' ' && header[at - 1] !== ';') continue
    const end = header.indexOf(';', at)
    return header.slice(at + COOKIE.length, end === -1 ? undefined : end)
  }
  return undefined
}

export function reference(app) {
  const texts = new Map()
  Object.defineProperty(app.context, 'session', {
    get() {
      this.sessionText = this.sessionToken && texts.get(this.sessionToken)
      const value = this.sessionText === undefined ? {} : JSON.parse(this.sessionText)
      // What is read again is the same object.
      Object.defineProperty(this, 'session', { value })
      this.sessionUsed = true
      return value
    },
  })
  return async (ctx, next) => {
    const { cookie } = ctx.req.headers
    ctx.sessionToken = cookie && tokenIn(cookie)
    ctx.sessionUsed = false
    await next()
    if (!ctx.sessionUsed) return
    const text = JSON.stringify(ctx.session)
    if (text === (ctx.sessionText ?? '{}')) return
    if (ctx.sessionText === undefined) {
      ctx.sessionToken = randomBytes(24).toString('base64url')
      ctx.set('Set-Cookie', `${COOKIE}${ctx.sessionToken}; path=/; httponly; samesite=lax`)
    }
    texts.set(ctx.sessionToken, text)
  }
}
