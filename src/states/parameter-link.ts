import { unescape } from 'node:querystring'
import type { Context } from 'koa'

/** Stands in for the origin of a request that does not tell its host. */
const NOWHERE = 'http://host.invalid'

/**
 * The URL with `name=value` in its query, in place of any former parameter of that name. As it is when it
 * leads to another origin, to no web page (`mailto:`) or to a place in the same page.
 */
export function linkTo(ctx: Context, url: string, name: string, value: string): string {
  if (url.startsWith('#') || !isOwn(ctx, url)) return url
  const hash = url.indexOf('#')
  const fragment = hash === -1 ? '' : url.slice(hash)
  const target = hash === -1 ? url : url.slice(0, hash)
  // The empty link is the current page with its query.
  const [path, query] = halves(target === '' ? ctx.search : target)
  const pairs = query.split('&').filter((pair) => pair !== '' && nameIn(pair) !== name)
  pairs.push(`${name}=${encodeURIComponent(value)}`)
  return `${path}?${pairs.join('&')}${fragment}`
}

/** Judged by the parser that browsers use too: `/\evil.example` is not a path. */
function isOwn(ctx: Context, url: string): boolean {
  // Not `ctx.origin`: from Koa 3 on, that is the `Origin` header.
  const given = `${ctx.protocol}://${ctx.host}`
  const base = URL.canParse(given) ? given : NOWHERE
  return URL.canParse(url, base) && new URL(url, base).origin === new URL(base).origin
}

function halves(target: string): [path: string, query: string] {
  const mark = target.indexOf('?')
  return mark === -1 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)]
}

/** The parameter's name as Koa will read it; `unescape` does not throw at garbage. */
function nameIn(pair: string): string {
  const equals = pair.indexOf('=')
  return unescape((equals === -1 ? pair : pair.slice(0, equals)).replaceAll('+', ' '))
}
