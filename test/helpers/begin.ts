import type { ExecutionContext } from 'ava'
import { tokenIn } from './paths.ts'
import { type Answer, type Handler, serve, type Served, type Visitor } from './serve.ts'
import { WatchedStore } from './watched-store.ts'

export interface Begun extends Served {
  /** Counts what it is asked from now on. */
  readonly store: WatchedStore
  /** Has a session. */
  readonly browser: Visitor
  /** The answer that began the session. */
  readonly first: Answer
  readonly token: string | undefined
  readonly id: string
}

/** For a handler that begins a session at `/write`: a server on a watched store, and a browser whose session has begun. */
export function beginWith(handler: Handler): (t: ExecutionContext, options?: object) => Promise<Begun> {
  return async (t, options = {}) => {
    const store = new WatchedStore()
    const server = await serve(t, handler, { store, ...options })
    const browser = server.visitor()
    const first = await browser.get('/write')
    store.forget()
    return { ...server, browser, store, first, token: tokenIn(first), id: server.events[0]?.[1].id ?? '' }
  }
}
