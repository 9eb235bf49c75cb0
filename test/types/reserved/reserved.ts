// A reserved name in the merged SessionData is an error where a session is made.
import Koa from 'koa'
import { session } from 'koa-session-pipeline'

declare module 'koa-session-pipeline' {
  interface SessionData {
    views: number
    flash: string
  }
}

// @ts-expect-error -- 'SessionData uses a reserved name': flash
export const sessions = session(new Koa())
