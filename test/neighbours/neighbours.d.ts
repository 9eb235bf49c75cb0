declare module 'koa-csrf' {
  import type { Middleware } from 'koa'

  export default function csrf(options?: object): Middleware
}
