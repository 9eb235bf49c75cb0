/**
 * The `cookie` of a session as stores for express-session expect it: each of them takes the lifetime from
 * another property. `maxAge` is for the stores; in a record it would move the deadline.
 */
export class ExpressCookie {
  readonly originalMaxAge: number
  readonly maxAge: number
  readonly expires: Date
  readonly httpOnly = true
  readonly path = '/'

  constructor(until: number, now: number) {
    this.originalMaxAge = this.maxAge = Math.max(1, until - now)
    this.expires = new Date(until)
  }

  toJSON(): object {
    const { originalMaxAge, expires, httpOnly, path } = this
    return { originalMaxAge, expires, httpOnly, path }
  }
}
