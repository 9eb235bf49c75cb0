import type { Middleware } from 'koa'

// In place of the package's own types (tsconfig.json), which give every context of Koa a session of theirs.
export default function session(options: object): Middleware
