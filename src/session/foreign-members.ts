import { DEVELOPMENT, warnOnce } from '../checks/warnings.ts'

/** What sessions of other libraries have as members, and what does it here. */
const MEANT: Readonly<Record<string, string>> = {
  maxAge: 'How long it lives is said by ctx.session.idleTimeout and absoluteTimeout.',
  cookie:
    'Attributes of the cookie are ctx.session.cookieOptions, how long it lives is ctx.session.persistent.',
}

/** Told of each key that is set in the data; absent in production. */
export const noticeKey: ((key: string) => void) | undefined = DEVELOPMENT
  ? (key) => {
      if (!Object.hasOwn(MEANT, key)) return
      const message = `ctx.session.${key} is a key of the data like any other here, and does nothing. ${MEANT[key]}`
      warnOnce('SESSION_FOREIGN_MEMBER', message, key)
    }
  : undefined
