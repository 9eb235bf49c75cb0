import type { Scenario } from '../scenario.ts'

/** A slow request ends after the logout that overtook it. */
export const late: Scenario = {
  name: 'late',
  title: 'Logout overtakes',
  about:
    'A slow request is still at work when Ann logs out in another tab. Then it wants to save. With many session packages that brings the session back.',
  browsers: ['Laptop'],

  routes(router, { rendezvous }) {
    router.post('/slow', async (ctx) => {
      ctx.session.draft = 'half a letter'
      await rendezvous.pass('slow') // until the logout is done
      ctx.body = {}
    })
  },

  actions: (bench) => [
    {
      label: 'Log out during a slow request',
      async play() {
        const laptop = bench.client('Laptop')
        const copy = bench.client('Old cookie')
        await laptop.post('/login')
        copy.steal(laptop)
        const slow = laptop.post('/slow')
        await bench.rendezvous.reached('slow')
        await laptop.post('/logout')
        bench.rendezvous.open('slow')
        await slow
        const { status, body } = await copy.get('/account')
        return {
          verdict:
            status === 401
              ? `Still logged out. The old cookie answers ${status}: ${body['why'] ?? 'no session'}.`
              : 'The old cookie is logged in: a sealed session cannot be ended elsewhere.',
        }
      },
    },
  ],
}
