import type { Context } from 'koa'
import type { Answer, Handler } from './serve.ts'

/** What `ctx.session` is to an application without types. */
export type Loose = Context['session']

/** A handler that does for each path what stands there; `undefined` answers with an empty body. */
export function routes(table: Readonly<Record<string, (ctx: Context) => unknown>>): Handler {
  return async (ctx) => {
    const result = await table[ctx.path]?.(ctx)
    if (ctx.body === undefined && ctx.respond !== false && !ctx.headerSent) ctx.body = result ?? ''
  }
}

/** The value of the cookie that the answer sets; `undefined` when it sets none, `''` when it clears it. */
export function tokenIn(answer: Answer, name = 'sid'): string | undefined {
  const line = answer.cookies.find((cookie) => cookie.startsWith(`${name}=`))
  return line?.slice(name.length + 1).split(';')[0]
}

/** The deadline that the cookie of the answer carries; `undefined`: it ends with the browser. */
export function expiresIn({ cookies }: Answer): number | undefined {
  const date = /Expires=([^;]+)/.exec(cookies[0] ?? '')?.[1]
  return date === undefined ? undefined : Date.parse(date)
}

/** The time as a cookie can tell it: in whole seconds. */
export const seconds = (ms: number): number => Math.floor(ms / 1000) * 1000
