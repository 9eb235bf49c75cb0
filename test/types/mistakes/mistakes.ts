// One mistake a line; the comment is what the compiler has to speak of.
import Koa from 'koa'
import { session, type SessionObject } from 'koa-session-pipeline'

declare const shown: SessionObject<{ cart: string[] }>
const app = new Koa()

void shown.regenerate({ kepp: true }) // 'RegenerateOptions'
void shown.regenerate(['cart']) // 'RegenerateOptions'
void shown.regenerate({ keep: 'cart' }) // 'boolean | readonly string[] | undefined'
void shown.destroy(5) // 'string'
session(app, { idelTimeout: '2h' }) // Did you mean to write 'idleTimeout'?
session<{ user: string }>(app, { idelTimeout: '2h' }) // Did you mean to write 'idleTimeout'?
session(app, { idleTimeout: '20 minutes' }) // 'false | Duration | undefined'
session<{ user: string }>(app, { idleTimeout: true }) // 'false | Duration | undefined'
