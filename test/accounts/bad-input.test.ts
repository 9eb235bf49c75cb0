import { Keyv } from 'keyv'
import test from 'ava'
import { accountSessions, RecordIndex } from '../../src/accounts/index.ts'
import { MemoryStore, SealedStore, SessionConfigError, UnsupportedError } from '../../src/index.ts'
import { CacheStore } from '../../src/stores/cache/index.ts'
import { warnings } from '../helpers/warnings.ts'
import { me, serveAccounts } from './accounts.ts'

const store = new MemoryStore()
const subject = (): undefined => undefined
const sealed = new SealedStore({ keys: ['a key of thirty-two bytes or more, for tests'] })
const cache = new CacheStore({ cache: new Keyv() })

const MISTAKES: Readonly<Record<string, [options: object | undefined, message: RegExp]>> = {
  'no options': [undefined, /the options of accountSessions to be an object, got undefined/],
  'an option that there is not': [{ store, subject, maximum: 1 }, /Unknown option 'accountSessions.maximum'/],
  'no store': [{ subject }, /store of accountSessions to be the store of the sessions, got undefined/],
  'no subject': [{ store }, /subject of accountSessions to be a function/],
  'a max of 0': [
    { store, subject, max: 0 },
    /max of accountSessions to be a whole number of at least 1.*got 0/,
  ],
  'a max of 1.5': [{ store, subject, max: 1.5 }, /max of accountSessions/],
  'a label that is no function': [{ store, subject, label: 'Phone' }, /label of accountSessions/],
  'a recheck that is no duration': [{ store, subject, recheck: 'soon' }, /recheck of accountSessions/],
  'a name that is empty': [{ store, subject, name: '' }, /name of accountSessions/],
  'an index without methods': [{ store, subject, index: {} }, /index with the methods look, add/],
  'a cache': [{ store: cache, subject }, /store that writes atomically/],
  'a sealed store alone': [{ store: sealed, subject }, /add index: new RecordIndex\(store\)/],
  'a sealed store with max': [
    { store: sealed, subject, index: new RecordIndex(store), max: 3 },
    /sealed sessions to have no 'max'/,
  ],
}

for (const [what, [options, message]] of Object.entries(MISTAKES)) {
  test(`${what} is refused at start`, (t) => {
    t.throws(() => accountSessions(options as never), { instanceOf: SessionConfigError, message })
  })
}

test('an index on a cache is refused, with the reason', (t) => {
  t.throws(() => new RecordIndex(cache), { instanceOf: SessionConfigError, message: /parallel logins lose/ })
})

const accounts = accountSessions({ store, subject })
const SUBJECTS: Readonly<Record<string, unknown>> = {
  'no string': 5,
  nothing: undefined,
  empty: '',
  'over a kilobyte': 'é'.repeat(513),
}

for (const [what, bad] of Object.entries(SUBJECTS)) {
  test(`a subject that is ${what} is refused at each call`, async (t) => {
    const error = { instanceOf: TypeError, message: /^Expected a subject / }
    await t.throwsAsync(accounts.list(bad as string), error)
    await t.throwsAsync(accounts.end(bad as string, 'id'), error)
    await t.throwsAsync(accounts.endAll(bad as string), error)
  })
}

test('ids and reasons that are none are refused', async (t) => {
  await t.throwsAsync(accounts.end('ann', 5 as never), { instanceOf: TypeError, message: /id of a session/ })
  await t.throwsAsync(accounts.endAll('ann', { except: '' }), { instanceOf: TypeError, message: /except/ })
  for (const reason of ['a\nb', 'x'.repeat(201), 5 as never])
    await t.throwsAsync(accounts.endAll('ann', { reason }), { instanceOf: TypeError, message: /the reason/ })
})

test('a subject of a session that is no string fails the request that sets it', async (t) => {
  const served = await serveAccounts(t, { '/in': (ctx) => void (ctx.session.user = 5) })
  t.is((await served.visitor().get('/in')).status, 500)
  t.true(served.errors[0] instanceof TypeError)
  t.regex(String(served.errors[0]), /Is a String\(…\) missing\?/)
})

test('a label with control characters fails the login', async (t) => {
  const served = await serveAccounts(t, {}, { label: (ctx) => ctx.get('X-Label').replaceAll('+', '\n') })
  t.is((await served.visitor().get('/login?user=ann', { 'x-label': 'a+b' })).status, 500)
  t.regex(String(served.errors[0]), /the label without control characters/)
  await served.login('ann', { 'x-label': 'Phone' })
  t.like(await served.accounts.list('ann'), { length: 1, 0: { device: { label: 'Phone' } } })
})

test('of sealed sessions all can be ended, and none alone', async (t) => {
  const index = new RecordIndex(new MemoryStore())
  const served = await serveAccounts(t, {}, { store: sealed as never, index })
  const [one, other, third] = [await served.login(), await served.login(), await served.login('bob')]
  t.is((await me(one)).user, 'ann')
  await t.throwsAsync(served.accounts.list('ann'), { instanceOf: UnsupportedError })
  await t.throwsAsync(served.accounts.end('ann', 'id'), { instanceOf: UnsupportedError })
  await served.accounts.endAll('ann', { except: (await me(other)).id })
  t.like(await me(one), { user: null, reason: 'logged out everywhere' })
  t.is((await me(other)).user, 'ann')
  t.is((await me(third)).user, 'bob')
  t.is((await me(await served.login())).user, 'ann')
  await served.accounts.endAll('ann')
  t.is((await me(other)).user, null)
})

const ENTRY = JSON.stringify(new URL('../../src/accounts/index.js', import.meta.url))

test('in production a store that is not shared and can drop records is named at start', async (t) => {
  const script = `
    const { accountSessions } = await import(${ENTRY})
    accountSessions({ store: new MemoryStore(), subject: () => undefined })`
  const [warning, ...others] = await warnings({ NODE_ENV: 'production' }, script)
  t.is(warning?.[0], 'SESSION_ACCOUNTS_STORE')
  t.regex(warning![1], /MemoryStore of accountSessions is not shared.*; it can drop records by itself/)
  t.deepEqual(others, [])
  t.deepEqual(await warnings({}, script), [])
})
