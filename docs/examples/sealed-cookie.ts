import Koa from 'koa'
import { SealedStore, session } from 'koa-session-pipeline'

// The newest key first. To change the key, put a new key in front, and drop the last key after 12 hours.
// Make a key with: node -p "crypto.randomBytes(32).toString('base64url')"
const keys = (process.env['SESSION_KEYS'] ?? 'only for this example, 32 characters or more').split(' ; ')

const app = new Koa()

app.use(
  session<{ items?: string[] }>(app, {
    store: new SealedStore({ keys, purpose: 'shop' }),
    absoluteTimeout: '12h', // a copy of the cookie opens until then, also after a logout
  }),
)
app.use((ctx) => {
  const item = ctx.query['item']
  if (typeof item === 'string') ctx.session.items = [...(ctx.session.items ?? []), item]
  ctx.body = { items: ctx.session.items ?? [] } // some 2900 bytes of data fit; more is ERR_SESSION_TOO_LARGE
})

export const server = app.listen(process.env['PORT'] ?? 3000)
