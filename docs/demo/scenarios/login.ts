import { shorten } from '../shorten.ts'
import type { Scenario } from '../scenario.ts'

/** Login changes the id, logout ends the session. */
export const login: Scenario = {
  name: 'login',
  title: 'Login and logout',
  about:
    'Whoever knew the token before the login must not be logged in with you. So the login begins a new session and carries over what may be kept.',
  browsers: ['Laptop'],

  routes(router) {
    router.post('/login', async (ctx) => {
      const before = ctx.session.id
      await ctx.session.regenerate({ keep: ['views'] })
      ctx.session.user = 'Ann'
      ctx.body = { before, after: ctx.session.id }
    })
    router.post('/logout', async (ctx) => {
      await ctx.session.destroy('logout')
      ctx.body = {}
    })
    router.get('/account', (ctx) => {
      if (ctx.session.user === undefined) ctx.status = 401
      ctx.body = { user: ctx.session.user ?? null, why: ctx.session.endReason ?? null }
    })
  },

  actions(bench) {
    const laptop = bench.client('Laptop')
    const logIn = {
      label: 'Log in as Ann',
      async play() {
        await laptop.post('/count')
        const before = laptop.token
        const { body } = await laptop.post('/login')
        return {
          verdict: 'Ann is logged in, under a new id.',
          table: {
            head: ['', 'Before', 'After'],
            rows: [
              ['Session id', shorten(String(body['before'])), shorten(String(body['after']))],
              ['Token', before ?? 'none', laptop.token ?? 'none'],
            ],
          },
        }
      },
    }
    const logOut = {
      label: 'Log out',
      async play() {
        await laptop.post('/logout')
        const { status } = await laptop.get('/account')
        return { verdict: `Logged out. The account page answers ${status}.` }
      },
    }
    return laptop.user === undefined ? [logIn] : [logOut]
  },
}
