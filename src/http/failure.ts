import { STATUS_CODES } from 'node:http'
import type { Context } from 'koa'

/** Whether this response is a failure of the server: an error or a status of 500 and above. */
export function isFailure(ctx: Context, thrown?: { readonly error: unknown }): boolean {
  if (thrown) return statusOf(thrown.error) >= 500
  // Outside of a request there is no response, and no status.
  return Boolean(ctx.res) && ctx.status >= 500
}

/** The status that Koa answers an error with: what the error asks for, if there is such a status. */
function statusOf(error: unknown): number {
  if (!isError(error)) return 500
  const asked = error.status || error.statusCode
  return typeof asked === 'number' && STATUS_CODES[asked] !== undefined ? asked : 500
}

/** By Koa's rule, which knows errors of other realms too. Of anything else Koa makes an error. */
export function isError(thrown: unknown): thrown is Error & { status?: unknown; statusCode?: unknown } {
  return Object.prototype.toString.call(thrown) === '[object Error]' || thrown instanceof Error
}
