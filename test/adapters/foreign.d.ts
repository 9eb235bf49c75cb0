// As much of the packages without types as the tests use.

declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  type Next = (error?: unknown) => void
  export interface Request extends IncomingMessage {
    session: Record<string, unknown> & { destroy(done: Next): void }
    sessionID: string
  }
  export interface Response extends ServerResponse {
    json(body: unknown): void
  }
  type Handler = (request: Request, response: Response, next: Next) => void
  export default function express(): RequestListener & {
    use(handler: Handler): void
    get(path: string, handler: Handler): void
  }
}

declare module 'express-session' {
  import type { ExpressStore, ExpressStoreBase } from 'koa-session-pipeline/adapters'

  interface Session {
    (options: object): (request: never, response: never, next: never) => void
    readonly Store: ExpressStoreBase
    readonly MemoryStore: new () => ExpressStore
  }
  const session: Session
  export default session
}

declare module 'connect-pg-simple' {
  import type { ExpressStore, ExpressStoreBase } from 'koa-session-pipeline/adapters'

  export default function connect(session: { Store: ExpressStoreBase }): new (options: object) => ExpressStore
}

declare module 'session-file-store' {
  import type { ExpressStore, ExpressStoreBase } from 'koa-session-pipeline/adapters'

  export default function connect(session: { Store: ExpressStoreBase }): new (options: object) => ExpressStore
}

declare module 'better-sqlite3-session-store' {
  import type { ExpressStore, ExpressStoreBase } from 'koa-session-pipeline/adapters'

  export default function connect(session: { Store: ExpressStoreBase }): new (options: object) => ExpressStore
}

declare module 'better-sqlite3' {
  export default class Database {
    constructor(path: string)
    close(): void
  }
}

declare module 'koa-redis' {
  import type { EventEmitter } from 'node:events'
  import type { KoaStore } from 'koa-session-pipeline/adapters'

  type RedisStore = KoaStore & EventEmitter & { quit(): Promise<void>; client: { disconnect(): void } }
  export default function redis(options: object): RedisStore
}

declare module 'pg' {
  export class Pool {
    constructor(options: object)
    on(event: 'error', listener: () => void): void
    query(text: string): Promise<unknown>
    end(): Promise<void>
  }
}
