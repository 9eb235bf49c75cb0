import { fileURLToPath } from 'node:url'
import type Koa from 'koa'
import { type DefaultStage, FileStore, session, type Sessions, type } from 'koa-session-pipeline'
import { audit } from './audit.ts'

/** What this application keeps in a session. */
export type Visit = {
  views?: number
  user?: string
  /** How many of each product. */
  cart?: Record<string, number>
}

/** The sessions of the demo: on disk, with one stage more than the built-in ones. */
export function demoSessions(app: Koa, store: FileStore): Sessions<Visit, DefaultStage | 'audit'> {
  return session(app, {
    type: type<Visit>(),
    store,
    stages: (defaults) => defaults.before('persist', audit),
  })
}

/** `DEMO_SESSIONS`, or a folder beside the source of this file. The store makes it. */
export function openStore(): FileStore {
  const beside = new URL('../../../docs/demo/sessions', import.meta.url)
  return new FileStore({ dir: process.env['DEMO_SESSIONS'] ?? fileURLToPath(beside) })
}
