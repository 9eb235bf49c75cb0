import { createHash } from 'node:crypto'
import test from 'ava'
import { type Loose, routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'
import { WatchedStore } from '../helpers/watched-store.ts'
import { codesOfWrites, UNAVAILABLE } from '../helpers/writes.ts'

const app = routes({
  '/write': ({ session }) => {
    session.user = 'ann'
  },
  '/write-unbound': ({ session }) => {
    session.boundAddress = undefined
    session.boundUserAgent = undefined
    session.user = 'ann'
  },
  '/unbind': ({ session }) => {
    session.boundAddress = undefined
    session.boundUserAgent = undefined
  },
  '/unbind-reload': async ({ session }) => {
    session.boundAddress = undefined
    await session.reload()
    return String(session.boundAddress)
  },
  '/bind': ({ session }) => {
    session.boundAddress = '10.0.0.1'
  },
  '/bound': ({ session }) => [session.boundAddress, session.boundUserAgent].map(String),
  '/read': ({ session }) => ({ user: String(session.user), endReason: String(session.endReason) }),
  '/write-read': ({ session }) => {
    const codes = codesOfWrites(session)
    return { codes, keys: Object.keys(session), endReason: session.endReason }
  },
})

const by = (ctx: Loose): string => ctx.get('X-Address')
const from = (address: string, agent = 'one') => ({ 'X-Address': address, 'User-Agent': agent })
const ANN = { user: 'ann', endReason: 'undefined' }

const NETWORKS: [options: object, bound: string, shown: string, same: boolean][] = [
  [{}, '10.1.2.3', '10.1.2.3', true],
  [{}, '10.1.2.3', '10.1.2.4', false],
  [{ ipv4: 24 }, '10.1.2.3', '10.1.2.200', true],
  [{ ipv4: 24 }, '10.1.2.3', '10.1.3.3', false],
  [{ ipv4: 0 }, '10.1.2.3', '192.0.2.1', true],
  [{ ipv4: 24 }, '10.1.2.3', '::ffff:10.1.2.77', true],
  [{ ipv4: 24 }, '::ffff:0a01:0203', '10.1.2.77', true],
  [{ ipv4: 24 }, '::ffff:10.1.2.3', '::FFFF:10.1.9.9', false],
  [{}, '2001:db8::1', '2001:db8::2', false],
  [{ ipv6: 56 }, '2001:db8:0:1::1', '2001:db8:0:ff::9', true],
  [{ ipv6: 56 }, '2001:db8:0:100::1', '2001:db8:0:200::1', false],
  [{ ipv4: 0, ipv6: 0 }, '10.1.2.3', '2001:db8::1', false],
  [{}, '10.1.2.3:1234', '10.1.2.3:4321', true],
  [{}, '10.1.2.3', '10.1.2.3:4321', true],
  [{}, '10.1.2.3:1234', '10.1.2.4:1234', false],
  [{}, '[2001:db8::1]:443', '[2001:db8::1]:444', true],
  [{}, '[2001:db8::1]', '2001:db8::1', true],
  [{}, '2001:db8::1', '[2001:db8::1]:444', true],
  [{}, '2001:db8::1:443', '2001:db8::1:444', false],
  [{ ipv6: 56 }, '[2001:db8:0:1::1]:1', '[2001:db8:0:ff::9]:2', true],
  [{}, '[::ffff:10.1.2.3]:80', '10.1.2.3:81', true],
  [{}, '::ffff:10.1.2.3:80', '10.1.2.3', true],
  [{}, 'fe80::1%eth0', 'fe80::1%eth1', true],
  [{}, 'gateway:1', 'gateway:2', false],
  [{}, 'x'.repeat(300), 'x'.repeat(300), true],
  [{}, 'x'.repeat(300), 'x'.repeat(301), false],
  [{ ipv4: 0 }, 'somewhere', '10.1.2.3', false],
  [{ ipv4: 0 }, 'somewhere', 'somewhere', true],
  [{ ipv4: 0 }, '10.1.2.3', 'somewhere', false],
]

for (const [options, bound, shown, same] of NETWORKS) {
  test(`with ${JSON.stringify(options)}, ${shown} ${same ? 'may' : 'must not'} use a session of ${bound}`, async (t) => {
    const browser = (await serve(t, app, { verifyAddress: { ...options, by } })).visitor()
    await browser.get('/write', from(bound))
    const { body, status } = await browser.get('/read', from(shown))
    t.is(status, 200)
    t.deepEqual(body, same ? ANN : { user: 'undefined', endReason: 'address mismatch' })
  })
}

test('by default the address of the connection counts', async (t) => {
  const browser = (await serve(t, app, { verifyAddress: true })).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/read')).body, ANN)
  t.deepEqual((await browser.get('/bound')).body, ['127.0.0.1', 'undefined'])
})

test('without the options nothing is bound', async (t) => {
  const browser = (await serve(t, app)).visitor()
  await browser.get('/write')
  t.deepEqual((await browser.get('/bound')).body, ['undefined', 'undefined'])
})

test('a mismatch ends the session for everybody and clears the cookie', async (t) => {
  const { visitor, store } = await serve(t, app, { verifyUserAgent: true, store: new WatchedStore() })
  const browser = visitor()
  await browser.get('/write', from('', 'one'))
  const thief = await browser.get('/read', from('', 'two'))
  t.deepEqual(thief.body, { user: 'undefined', endReason: 'user agent mismatch' })
  t.true(thief.cookies[0]?.startsWith('sid=;'))
  t.deepEqual((store as WatchedStore).writes, ['set', 'set'])
})

test("a mismatch that is to 'refuse' touches nothing, and the session goes on for its owner", async (t) => {
  const { visitor, store } = await serve(t, app, {
    verifyAddress: { by, onMismatch: 'refuse' },
    store: new WatchedStore(),
  })
  const browser = visitor()
  await browser.get('/write', from('10.0.0.1'))
  const thief = await browser.get('/write-read', from('10.0.0.2'))
  t.deepEqual(thief.body, { codes: UNAVAILABLE, keys: [], endReason: 'address mismatch' })
  t.deepEqual(thief.cookies, [])
  t.deepEqual((store as WatchedStore).writes, ['set'])
  t.deepEqual((await browser.get('/read', from('10.0.0.1'))).body, ANN)
})

test("a mismatch that is to 'observe' changes nothing", async (t) => {
  const browser = (await serve(t, app, { verifyAddress: { by, onMismatch: 'observe' } })).visitor()
  await browser.get('/write', from('10.0.0.1'))
  t.deepEqual((await browser.get('/read', from('10.0.0.2'))).body, ANN)
})

const BOTH = { verifyAddress: { by }, verifyUserAgent: true }

test('a session that is let go may be used from anywhere', async (t) => {
  const browser = (await serve(t, app, BOTH)).visitor()
  await browser.get('/write', from('10.0.0.1'))
  await browser.get('/unbind', from('10.0.0.1'))
  t.deepEqual((await browser.get('/read', from('10.0.0.2', 'two'))).body, ANN)
  t.deepEqual((await browser.get('/bound', from('10.0.0.2', 'two'))).body, ['undefined', 'undefined'])
})

test('a session that is let go before it is stored is never bound', async (t) => {
  const browser = (await serve(t, app, BOTH)).visitor()
  await browser.get('/write-unbound', from('10.0.0.1'))
  t.deepEqual((await browser.get('/read', from('10.0.0.2', 'two'))).body, ANN)
})

test('letting go of nothing is no change', async (t) => {
  const { visitor, store } = await serve(t, app, { store: new WatchedStore() })
  const browser = visitor()
  await browser.get('/write')
  await browser.get('/unbind')
  t.deepEqual((store as WatchedStore).writes, ['set'])
})

test('a binding takes nothing but undefined', async (t) => {
  const { visitor, errors } = await serve(t, app, BOTH)
  t.is((await visitor().get('/bind', from('10.0.0.1'))).status, 500)
  t.is(
    String(errors[0]),
    "TypeError: boundAddress can only be set to undefined, which lets this client's change.",
  )
})

test('reload drops a release of the address that was not saved', async (t) => {
  const browser = (await serve(t, app, { verifyAddress: { by } })).visitor()
  await browser.get('/write', from('10.0.0.1'))
  t.is((await browser.get('/unbind-reload', from('10.0.0.1'))).text, '10.0.0.1')
  t.deepEqual((await browser.get('/read', from('10.0.0.2'))).body, {
    user: 'undefined',
    endReason: 'address mismatch',
  })
})

test('what a session is bound to has no port, and is never longer than a hash', async (t) => {
  const options = { verifyAddress: { by }, verifyUserAgent: true }
  for (const [address, agent, bound] of [
    ['10.1.2.3:80', 'one', '10.1.2.3'],
    ['[2001:db8::1]:80', 'x'.repeat(6000), '2001:db8::1'],
    ['y'.repeat(6000), '', createHash('sha256').update('y'.repeat(6000)).digest('base64url')],
  ]) {
    const browser = (await serve(t, app, options)).visitor()
    await browser.get('/write', from(address!, agent))
    const hash = createHash('sha256').update(agent!).digest('base64url')
    t.deepEqual((await browser.get('/bound', from(address!, agent))).body, [bound, hash])
    t.deepEqual((await browser.get('/read', from(address!, agent))).body, ANN)
    t.like((await browser.get('/read', from(address!, `${agent}x`))).body, {
      endReason: 'user agent mismatch',
    })
  }
})
