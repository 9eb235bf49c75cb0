import { bodyParser } from '@koa/bodyparser'
import Koa, { type DefaultState } from 'koa'
import Router from 'koa-router'
import { session, type SessionContext } from 'koa-session-pipeline'
import { statusMessages, type StatusMessagesContext } from 'koa-session-pipeline/status-messages'

type Notes = { notes?: string[] }

const app = new Koa()
const router = new Router<DefaultState, SessionContext<Notes> & StatusMessagesContext>()

router.get('/', (ctx) => {
  ctx.body = {
    notes: ctx.session.notes ?? [],
    status: ctx.statusMessages.status ?? null, // this page's own message, shown once
    error: ctx.statusMessages.error ?? null,
  }
})

router.post('/', (ctx) => {
  const { note } = ctx.request.body as { note?: string }
  if (note) ctx.session.notes = [...(ctx.session.notes ?? []), note]
  // Each tab follows a link of its own, so tabs cannot take each other's message.
  ctx.redirect(
    ctx.statusMessages.link('/', note ? { status: `Saved: ${note}` } : { error: 'Nothing to save.' }),
  )
})

app
  .use(bodyParser())
  .use(session<Notes>(app, { stages: (defaults) => defaults.after('flash', statusMessages()) }))
  .use(router.routes())

export const server = app.listen(process.env['PORT'] ?? 3000)
