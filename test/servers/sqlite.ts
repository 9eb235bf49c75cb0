import Module from 'node:module'

/*
 * Version 12 of better-sqlite3, which Node 20 needs, runs only on the Node that it was built on. From Node 22 on
 * version 13 runs everywhere, and is installed under a name of its own; Knex asks for it by the usual one.
 */
const NEEDED = 10
const NEWER = 'better-sqlite3-napi'

interface Resolver {
  _resolveFilename(request: string, ...rest: unknown[]): string
}

if (Number(process.versions['napi']) >= NEEDED) {
  const resolver = Module as unknown as Resolver
  const resolve = resolver._resolveFilename.bind(resolver)
  resolver._resolveFilename = (request, ...rest) =>
    resolve(request === 'better-sqlite3' ? NEWER : request, ...rest)
}
