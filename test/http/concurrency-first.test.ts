import test from 'ava'
import { type Loose, routes, tokenIn } from '../helpers/paths.ts'
import { pause } from '../helpers/pause.ts'
import { serve } from '../helpers/serve.ts'

for (const [what, page, sent] of [
  // No server can know that both come from one browser: docs/concurrency.md says so.
  ['has no session yet, the slow one begins one', () => undefined, true],
  [
    'has a session since the page with the form, the slow one sends no cookie',
    ({ session }) => session.touch(),
    false,
  ],
] as [string, (ctx: Loose) => unknown, boolean][]) {
  test(`a login beside a slow request of a visitor who ${what}`, async (t) => {
    const slow = pause()
    const handler = routes({
      '/form': page,
      '/slow': async ({ session }) => {
        await slow.here()
        session.seen = true
      },
      '/login': async (ctx: Loose) => {
        await ctx.session.regenerate()
        ctx.session.user = 'ann'
      },
      '/read': ({ session }) => ({ ...session }),
    })
    const browser = (await serve(t, handler)).visitor()
    await browser.get('/form')
    const slowly = await slow.during(browser.get('/slow'), () => browser.get('/login'))
    t.is(tokenIn(slowly) !== undefined, sent)
    t.deepEqual((await browser.get('/read')).body, sent ? { seen: true } : { user: 'ann' })
  })
}
