import test from 'ava'
import Koa from 'koa'
import { session } from '../../src/index.ts'

const sessions = session(new Koa())
const ID = 'x'.repeat(43)

const WRONG: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  'a text': ID,
  'no id': {},
  'an id that is no text': { id: 7 },
  'an id that is too short': { id: 'short' },
  'an id with other characters': { id: `${ID.slice(1)}/` },
  'more than an id': { id: ID, token: ID },
  'a list': [ID],
  'a request of fetch': new Request('http://localhost/'),
  'a Koa context': new Koa().createContext({ headers: {}, url: '/' } as never, {} as never),
}

for (const [what, source] of Object.entries(WRONG))
  test(`${what} opens nothing`, async (t) => {
    const error = await t.throwsAsync(sessions.open(source as never), { instanceOf: TypeError })
    t.regex(error.message, /^Expected (a request or \{ id \}|the id of a session)/)
    t.false(error.message.includes(ID))
  })

test('wrong options are refused by name', async (t) => {
  for (const [options, message] of [
    [{ recheck: 'often' }, /recheck/],
    [{ recheck: 0 }, /recheck/],
    [{ rechek: '1m' }, /Did you mean 'recheck'/],
    [[], /an object/],
    [null, /an object/],
  ] as const)
    await t.throwsAsync(sessions.open({ id: ID }, options as never), { code: 'ERR_SESSION_CONFIG', message })
})

test('a pipeline that stores nothing opens nothing', async (t) => {
  const bare = session(new Koa(), { stages: (defaults) => defaults.remove('persist') })
  t.is(await bare.open({ id: ID }), undefined)
})
