import type { Scenario } from '../scenario.ts'

/** A message survives redirects, and is shown once. */
export const flash: Scenario = {
  name: 'flash',
  title: 'Flash over redirects',
  about:
    'A form is posted. The answer redirects twice before a page looks at the message. A reload of that page shows it no more.',
  browsers: ['Laptop'],

  routes(router) {
    router.post('/address', (ctx) => {
      ctx.session.flash['notice'] = 'Your address is saved.'
      ctx.status = 303
      ctx.redirect('/detour')
    })
    router.get('/detour', (ctx) => ctx.redirect('/overview')) // does not look
    router.get('/overview', (ctx) => {
      ctx.body = { notice: ctx.session.flash['notice'] ?? null } // looks
    })
  },

  actions: () => [
    {
      label: 'Save, and follow the redirects',
      async play(bench) {
        const laptop = bench.client('Laptop')
        const first = await laptop.follow(await laptop.post('/address'))
        const again = await laptop.get('/overview')
        return {
          verdict: 'The message waited for the page that looked.',
          table: {
            head: ['Request', 'Message shown'],
            rows: [
              ['After two redirects', shown(first.body)],
              ['The page once more', shown(again.body)],
            ],
          },
        }
      },
    },
  ],
}

const shown = ({ notice }: { notice?: unknown }): string => (typeof notice === 'string' ? notice : 'none')
