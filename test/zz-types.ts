import Koa from 'koa'
import { session, type, type SessionContext } from '../src/index.ts'
const app = new Koa()
export const a = session<Record<string, unknown>>(app)
export const b = session<Record<string, any>>(app)
export const c = session<{ [key: string]: string }>(app)
export const d = session<{ id: string }>(app)
export const e = session(app, { type: type<{ flash: string }>() })
export type X = SessionContext<{ id: string }>
export const f = session<{ id?: string }>(app)
export const g = session<object>(app)
class D { views = 1; id = 2 }
export const h = session<D>(app)
