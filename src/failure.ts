import type { Context } from 'koa'

/** Whether this response is a failure of the server: an error or a status of 500 and above. */
export function isFailure(ctx: Context, thrown?: { readonly error: unknown }): boolean {
  return (thrown ? statusOf(thrown.error) : ctx.status) >= 500
}

/** The status that Koa answers an error with. */
function statusOf(error: unknown): number {
  const { status, statusCode, code } = Object(error) as {
    status?: unknown
    statusCode?: unknown
    code?: unknown
  }
  if (code === 'ENOENT') return 404
  const asked = status ?? statusCode
  return error instanceof Error && Number.isInteger(asked) ? (asked as number) : 500
}
