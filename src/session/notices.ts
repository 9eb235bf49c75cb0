import { isPlainData } from '../checks/messages.ts'
import { DEVELOPMENT, warnOnce } from '../checks/warnings.ts'

/** Two middlewares of one name on one app cannot both serve a request. In development, as each may have routes of its own. */
export function noticeTwice(name: string): void {
  if (!DEVELOPMENT) return
  warnOnce(
    'SESSION_NAME_TWICE',
    `session(app, …) was called twice for ctx.${name}, and a request that meets both is refused (ERR_SESSION_NESTED). ` +
      "Give one of the two another name with the option 'as'; for single routes, make a sibling by with().",
    name,
  )
}

/** `ctx.session` was read on a request that its middleware has not reached. In development, once. */
export function noticeEarlyUse(holder: object, name: string): void {
  // Not of a request: somebody looks at the prototype.
  if (!DEVELOPMENT || !Object.hasOwn(holder, 'req')) return
  warnOnce(
    'SESSION_USED_EARLY',
    `ctx.${name} was read before its middleware ran, and is undefined there: is app.use(session(app)) further up?`,
    name,
  )
}

/** What sessions of other libraries have as members, and what does it here. */
const MEANT: Readonly<Record<string, string>> = {
  maxAge: 'How long it lives is said by ctx.session.idleTimeout and absoluteTimeout.',
  cookie:
    'Attributes of the cookie are ctx.session.cookieOptions, how long it lives is ctx.session.persistent.',
}

/** Told of each key that is set in the data. */
export function noticeKey(key: string): void {
  if (!DEVELOPMENT || !Object.hasOwn(MEANT, key)) return
  const message = `ctx.session.${key} is a key of the data like any other here, and does nothing. ${MEANT[key]}`
  warnOnce('SESSION_FOREIGN_MEMBER', message, key)
}

/** Says that a new object was returned where the data were to be changed: nothing of it is stored. */
export function warnOfReturned(result: unknown, data: object): void {
  if (!isPlainData(result) || result === data || Object.values(data).includes(result)) return
  warnOnce(
    'SESSION_UPDATE_RETURNED',
    'The function of session.update() returned an object and changed nothing, so nothing is stored. ' +
      'Change the data that it is given: update((data) => { data.n = 1 }).',
  )
}
