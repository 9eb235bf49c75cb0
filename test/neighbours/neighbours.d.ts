declare module 'koa-csrf' {
  import type { Middleware } from 'koa'

  export default class CSRF {
    constructor(options?: object)
  }
  // It may be called with `new`, and is a function.
  export default interface CSRF extends Middleware {}
}
