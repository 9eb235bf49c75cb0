import type { Context } from 'koa'
import { DEVELOPMENT, warnOnce } from '../checks/warnings.ts'
import type { CookieSettings } from './cookie-options.ts'

/** Says, once, what a browser will do with a cookie that the server sets without complaint. In development only. */
export function adviseOn(ctx: Context, { name, path, secure }: CookieSettings): void {
  if (!DEVELOPMENT) return
  if (secure === true && !ctx.secure) {
    warnOnce(
      'SESSION_COOKIE_DROPPED',
      `The cookie '${name}' has secure: true and was set over plain HTTP: browsers drop it, some save on localhost. ` +
        "Use HTTPS or secure: 'auto'; behind a proxy that ends HTTPS, set app.proxy = true.",
      name,
    )
  }
  const asked = pathOf(ctx)
  if (path !== false && asked !== undefined && !covers(path, asked)) {
    warnOnce(
      'SESSION_COOKIE_ELSEWHERE',
      `The cookie '${name}' has the path '${path}' and was set by a request outside of it: browsers do not send it back ` +
        'there, so the session begins anew at each request. Choose a wider path, or use sessions inside of it alone.',
      name,
    )
  }
}

/** The path as the browser sees it: a mounted application sees another path. */
function pathOf({ originalUrl }: Context): string | undefined {
  return originalUrl.startsWith('/') ? originalUrl.split('?', 1)[0] : undefined
}

/** RFC 6265 §5.1.4. */
function covers(path: string, asked: string): boolean {
  return asked === path || (asked.startsWith(path) && (path.endsWith('/') || asked[path.length] === '/'))
}
