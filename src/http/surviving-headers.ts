import type { Context } from 'koa'
import { isError } from './failure.ts'
import { headersLeft } from './response.ts'

/**
 * Sets a header of the session on the response, so that it survives an error, as `keepHeader` does.
 * `Set-Cookie` takes the place of an earlier line of the same cookie name and leaves all others alone,
 * `Vary` is added to what is there, anything else replaces what is there. Nothing happens when the headers
 * have been sent.
 */
export function setSessionHeader(ctx: Context, field: string, value: string): void {
  if (headersLeft(ctx)) return
  put(ctx, field, value)
  keepHeader(ctx, field, value)
}

/**
 * Keeps a header of this response alive through an error. Koa removes all headers when an error reaches it
 * and sets the headers in `err.headers` alone. From the first call on, `ctx.onerror` of this request puts the kept
 * headers back when the head of the answer is written. Nothing of a session is ever on the error, which may be
 * thrown for other visitors too. `keepHeader` sets no header: `setSessionHeader` does both.
 *
 * The headers of the error are respected: `Set-Cookie` lines are appended, `Vary` is joined. Of any other header the
 * kept value wins. Keeping a field again replaces the former value (of `Set-Cookie`, the line of the
 * same cookie name; `Vary` adds up). Public, so that states of your own can use it.
 *
 * @param value one value; of `Set-Cookie`, one line or several
 */
export function keepHeader(ctx: Context, field: string, value: string | readonly string[]): void {
  const holder: Holder = ctx
  holder[KEPT] ??= new KeptHeaders(ctx)
  holder[KEPT].keep([field, value])
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
  readonly #kept: Kept[] = []

  constructor(ctx: Context) {
    // oxlint-disable-next-line typescript/unbound-method -- always called with the context again
    this.#formerAnswer = ctx.onerror
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- Koa's method, not an event handler
    ctx.onerror = answerError
  }

  keep(kept: Kept): void {
    this.#kept.push(kept)
  }

  answer(ctx: Context, thrown: unknown): void {
    const answers = thrown !== null && thrown !== undefined && !headersLeft(ctx)
    if (answers) this.#putBack(ctx)
    Reflect.apply(this.#formerAnswer, ctx, [answers ? writable(thrown) : thrown])
  }

  /** At the last moment, when nobody removes headers any more. */
  #putBack(ctx: Context): void {
    const { res } = ctx
    const writeHead = res.writeHead.bind(res)
    res.writeHead = (...head: unknown[]) => {
      res.writeHead = writeHead
      for (const [field, value] of this.#kept) put(ctx, field, value)
      return Reflect.apply(writeHead, res, head)
    }
  }
}

/** `Set-Cookie` and `Vary` add to what is there. */
function put(ctx: Context, field: string, value: string | readonly string[]): void {
  const { res } = ctx
  const lower = field.toLowerCase()
  // Koa's own `vary` parses what is there: several times the cost when there is nothing.
  if (lower === 'vary' && res.hasHeader(field)) ctx.vary(String(value).match(/[^\s,]+/g) ?? [])
  else res.setHeader(field, lower === 'set-cookie' ? withCookies(res.getHeader(field), value) : value)
}

/** The `Set-Cookie` lines with these lines, in place of the lines of the same cookie names. */
function withCookies(before: ReturnType<Context['res']['getHeader']>, added: Kept[1]): string[] {
  let lines = before === undefined ? [] : [before].flat().map(String)
  for (const line of typeof added === 'string' ? [added] : added) {
    const name = line.slice(0, line.indexOf('=') + 1)
    lines = lines.filter((other) => name === '' || !other.startsWith(name))
    lines.push(line)
  }
  return lines
}

/** Koa writes to the error. For a frozen one: an object that inherits from it, and that can be written to. */
function writable(thrown: unknown): unknown {
  if (!isError(thrown) || Object.isExtensible(thrown)) return thrown
  return Object.create(thrown, {
    status: { value: thrown.status, writable: true },
    // Koa recognises an error of another realm by this alone.
    [Symbol.toStringTag]: { value: 'Error' },
  })
}
