import type { Scenario } from '../scenario.ts'

/** A session begins, is used, and ends. */
export const life: Scenario = {
  name: 'life',
  title: 'A session’s life',
  about:
    'Reading begins nothing; the first write does. A session lives for 20 minutes without use. In the last 10 of them, using it moves the deadline. Move the clock and see.',
  browsers: ['Laptop'],

  routes(router) {
    router.get('/', (ctx) => {
      ctx.body = { views: ctx.session.views ?? 0 }
    })
    router.post('/count', (ctx) => {
      ctx.session.views = (ctx.session.views ?? 0) + 1
      ctx.body = { views: ctx.session.views }
    })
    router.post('/code', (ctx) => {
      ctx.session.code = '4711'
      ctx.session.expireKey('code', '5m') // whatever becomes of the session
      ctx.body = { sent: true }
    })
  },

  actions: () => [
    {
      label: 'Write: count a visit',
      async play(bench) {
        const { body } = await bench.client('Laptop').post('/count')
        return { verdict: `The session has counted ${String(body['views'])}.` }
      },
    },
    {
      label: 'Only read',
      async play(bench) {
        const { body } = await bench.client('Laptop').get('/')
        return { verdict: `The session says ${String(body['views'])}.` }
      },
    },
    {
      label: 'Keep a code for 5 minutes',
      async play(bench) {
        await bench.client('Laptop').post('/code')
        return { verdict: 'The key “code” has a deadline of its own.' }
      },
    },
  ],
}
