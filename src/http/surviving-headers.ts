import type { Context } from 'koa'
import { lendHeaders } from './lent-headers.ts'
import { headersLeft } from './response.ts'

/**
 * Sets a header of the session on the response, so that it survives an error, as `keepHeader` does.
 * `Set-Cookie` takes the place of an earlier line of the same cookie name and leaves all others alone,
 * `Vary` is added to what is there, anything else replaces what is there. Nothing happens when the headers
 * have been sent.
 */
export function setSessionHeader(ctx: Context, field: string, value: string): void {
  if (headersLeft(ctx)) return
  const lower = field.toLowerCase()
  // Koa's own `vary` parses what is there: several times the cost when there is nothing.
  if (lower === 'vary' && ctx.res.hasHeader(field)) ctx.vary(value)
  else ctx.res.setHeader(field, lower === 'set-cookie' ? withCookie(ctx.res.getHeader(field), value) : value)
  keepHeader(ctx, field, value)
}

/**
 * Keeps a header of this response alive through an error. Koa removes all headers when an error reaches it
 * and sets the headers in `err.headers` alone. From the first call on, `ctx.onerror` of this request lends the kept
 * headers to `err.headers` while Koa answers, and then takes them back. So nothing of a session stays on the error,
 * which may be thrown for other visitors too. `keepHeader` sets no header: `setSessionHeader` does both.
 *
 * The headers of the error are respected: `Set-Cookie` lines are appended, `Vary` is joined. Of any other header the
 * kept value wins. Keeping a field again replaces the former value (of `Set-Cookie`, the line of the
 * same cookie name; `Vary` adds up). Public, so that states of your own can use it.
 *
 * @param value one value; of `Set-Cookie`, one line or several
 */
export function keepHeader(ctx: Context, field: string, value: string | readonly string[]): void {
  const holder: Holder = ctx
  const kept = holder[KEPT]
  if (kept !== undefined) {
    kept.keep([field, value])
    return
  }
  holder[KEPT] = new KeptHeaders(ctx, [field, value])
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- Koa's method, not an event handler
  ctx.onerror = answerError
}

type Kept = readonly [field: string, value: string | readonly string[]]

const KEPT = Symbol('kept headers')

type Holder = Context & { [KEPT]?: KeptHeaders }

/** One function for all requests: what to keep is on the context. */
function answerError(this: Holder, thrown: unknown): void {
  this[KEPT]?.answer(this, thrown)
}

/** The headers of one request that must survive. Private fields, so that no inspection shows a cookie. */
class KeptHeaders {
  readonly #formerAnswer: Context['onerror']
  /** As they came: errors are rare, so merging can wait for one. */
  readonly #kept: Kept[]

  constructor(ctx: Context, first: Kept) {
    this.#kept = [first]
    // oxlint-disable-next-line typescript/unbound-method -- always called with the context again
    this.#formerAnswer = ctx.onerror
  }

  keep(kept: Kept): void {
    this.#kept.push(kept)
  }

  answer(ctx: Context, thrown: unknown): void {
    if (thrown === null || thrown === undefined || headersLeft(ctx)) {
      Reflect.apply(this.#formerAnswer, ctx, [thrown])
      return
    }
    lendHeaders(
      thrown,
      // Listeners of 'error' look before Koa removes the headers: they see the error as it was thrown.
      (own) => (this.#kept.every(([field]) => ctx.res.hasHeader(field)) ? own : this.#addedTo(own)),
      (error) => this.#formerAnswer.call(ctx, error),
    )
  }

  #addedTo(own: unknown): Record<string, unknown> {
    const headers = new Map<string, readonly [field: string, value: unknown]>()
    const put = (field: string, value: (before: unknown) => unknown): void => {
      const [name, before] = headers.get(field.toLowerCase()) ?? [field]
      headers.set(field.toLowerCase(), [name, value(before)])
    }
    if (typeof own === 'object' && own !== null)
      for (const [field, value] of Object.entries(own)) put(field, () => value)
    for (const [field, value] of this.#kept)
      put(field, (before) => merged(field.toLowerCase(), before, value))
    return Object.fromEntries(headers.values())
  }
}

function merged(field: string, before: unknown, value: unknown): unknown {
  if (field === 'vary') return joinVary(String([before ?? [], value].flat()))
  if (field !== 'set-cookie') return value
  let lines = before
  for (const line of [value].flat()) lines = withCookie(lines, String(line))
  return lines
}

/** The field names of several `Vary` values, each once. */
function joinVary(values: string): string {
  const names = new Map<string, string>()
  for (const part of values.split(',')) {
    const name = part.trim()
    if (name !== '' && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name)
  }
  return names.has('*') ? '*' : [...names.values()].join(', ')
}

/** The `Set-Cookie` lines with this line, in place of the lines of the same cookie name. */
function withCookie(lines: unknown, line: string): string[] {
  if (lines === undefined || lines === null) return [line]
  const name = line.slice(0, line.indexOf('=') + 1)
  const others = (Array.isArray(lines) ? lines : [lines])
    .map(String)
    .filter((other) => name === '' || !other.startsWith(name))
  others.push(line)
  return others
}
