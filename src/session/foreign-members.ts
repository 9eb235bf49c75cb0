import { DEVELOPMENT, warnOnce } from '../checks/warnings.ts'

/** What sessions of other libraries have as members, and what does it here. */
const MEANT: Readonly<Record<string, string>> = {
  maxAge: 'ctx.session.idleTimeout and absoluteTimeout say how long the session lives.',
  cookie:
    'ctx.session.cookieOptions sets attributes of the cookie, ctx.session.persistent whether it outlives the browser.',
}

/** Told of each key that is set in the data; absent in production. */
export const noticeKey: ((key: string) => void) | undefined = DEVELOPMENT
  ? (key) => {
      if (!Object.hasOwn(MEANT, key)) return
      const message = `ctx.session.${key} is a key of the data like any other here, and does nothing. ${MEANT[key]}`
      warnOnce('SESSION_FOREIGN_MEMBER', message, key)
    }
  : undefined
