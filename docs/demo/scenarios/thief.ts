import type { Answer } from '../client.ts'
import type { Bench, Outcome, Scenario } from '../scenario.ts'

/** Somebody else shows Ann's token. */
export const thief: Scenario = {
  name: 'thief',
  title: 'A stolen cookie',
  about:
    'A thief copies Ann’s token and shows it from another address, with another browser. Once without the bindings, which are off by default, and once with both.',
  browsers: ['Laptop', 'Thief'],

  // Uses /login and /account of the scenario “Login and logout”.
  routes() {},

  actions: () => [{ label: 'Steal the cookie', play }],
}

async function play(bench: Bench): Promise<Outcome> {
  const without = await attempt(bench, false)
  const bound = await attempt(bench, true)
  await bench.restart({ bindings: false })
  return {
    verdict: bound.ann.startsWith('logged in')
      ? 'The thief is out. A sealed session cannot be ended elsewhere, so Ann stays.'
      : 'The bindings end a session that somebody else shows, for both of them.',
    table: {
      head: ['', 'Without bindings', 'With bindings'],
      rows: [
        ['The thief', without.thief, bound.thief],
        ['Ann, afterwards', without.ann, bound.ann],
      ],
    },
  }
}

async function attempt(bench: Bench, bindings: boolean): Promise<{ thief: string; ann: string }> {
  // The options verifyAddress and verifyUserAgent, both true or both false.
  await bench.restart({ bindings })
  const ann = bench.client('Laptop')
  const stranger = bench.client('Thief')
  await ann.post('/login')
  stranger.steal(ann)
  const seen = await stranger.get('/account')
  const after = await ann.get('/account')
  return { thief: said(seen.body), ann: said(after.body) }
}

const said = ({ user, why }: Answer['body']): string =>
  user ? `logged in as ${user}` : `logged out: ${why ?? 'no session'}`
