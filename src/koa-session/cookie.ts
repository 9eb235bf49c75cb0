import type { Context } from 'koa'
import { keepHeader } from '../stages.ts'
import type { RequestOptions } from './request-options.ts'

/** The cookie's value, if its signature holds. */
export function readCookie(ctx: Context, options: RequestOptions): string | undefined {
  return ctx.cookies.get(options.key, options)
}

export function sendCookie(ctx: Context, options: RequestOptions, value: string): void {
  const { maxAge } = options
  setCookie(ctx, options.key, value, { ...options, maxAge: maxAge === 'session' ? undefined : maxAge })
}

/** Makes the browser drop it. */
export function clearCookie(ctx: Context, options: RequestOptions): void {
  setCookie(ctx, options.key, '', { ...options, expires: new Date(0), maxAge: false })
}

/** The lines outlive an error, which removes all headers: else what was stored would be out of reach. */
function setCookie(ctx: Context, key: string, value: string, attributes: object): void {
  ctx.cookies.set(key, value, attributes)
  const lines = [ctx.res.getHeader('set-cookie') ?? []].flat().map(String)
  const own = lines.filter((line) => line.startsWith(`${key}=`) || line.startsWith(`${key}.sig=`))
  keepHeader(ctx, 'Set-Cookie', own)
}
