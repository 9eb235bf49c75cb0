import { type Stage, stage } from 'koa-session-pipeline'

/**
 * A stage of our own. It stands before `persist`, so its second half runs when the session has been
 * stored: the id is final, also after a login. The id may be logged; the token never.
 */
export const audit: Stage<'audit'> = stage('audit', async function* (ctx, session) {
  const began = performance.now()
  try {
    yield
  } finally {
    const entry = {
      method: ctx.method,
      path: ctx.path,
      id: session.stored ? session.id : null,
      endReason: session.endReason ?? null,
      ms: Math.round((performance.now() - began) * 10) / 10,
    }
    console.info('audit', JSON.stringify(entry))
  }
})
