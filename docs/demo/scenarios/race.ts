import { type ConcurrencyMode, SessionConfigError } from 'koa-session-pipeline'
import type { Bench, Outcome, Scenario, ShopSessions } from '../scenario.ts'

const REQUESTS = 20
const MODES = ['last-write', 'merge', 'lock'] as const

/** Twenty requests of one session at the same moment, in each mode. */
export const race: Scenario = {
  name: 'race',
  title: 'Twenty at once',
  about:
    'Twenty requests of one session overlap. Each has read the session before any of them saves; under lock they come one after another. What gets lost?',
  browsers: [],

  routes(router, { sessions, rendezvous }) {
    for (const mode of MODES) {
      const inMode = sibling(sessions, mode)
      if (!inMode) continue
      // Under lock there is only one here at a time, so nobody can be waited for.
      const meet = (kind: string): Promise<void> | undefined =>
        mode === 'lock' ? undefined : rendezvous.meet(`${mode} ${kind}`, REQUESTS)

      router.post(`/race/${mode}/boxes`, inMode, async (ctx) => {
        await meet('boxes')
        ctx.session[`box${Number(ctx.query['n'])}`] = true // a key of its own
        ctx.body = {}
      })
      router.post(`/race/${mode}/counter`, inMode, async (ctx) => {
        const { counted = 0 } = ctx.session // the same key for all
        await meet('counter')
        ctx.session.counted = counted + 1
        ctx.body = {}
      })
      router.post(`/race/${mode}/update`, inMode, async (ctx) => {
        await ctx.session.update((data) => void (data.counted = (data.counted ?? 0) + 1))
        ctx.body = {}
      })
    }
    router.get('/race', (ctx) => {
      const boxes = Object.keys(ctx.session).filter((key) => key.startsWith('box'))
      ctx.body = { boxes: boxes.length, counter: ctx.session.counted ?? 0 }
    })
    router.post('/race/reset', (ctx) => {
      ctx.session = { counted: 0 }
      ctx.body = {}
    })
  },

  actions: () => [{ label: 'Send twenty requests', play: compare }],
}

/** A mode that the store cannot honour is refused when the program starts. */
function sibling(sessions: ShopSessions, mode: ConcurrencyMode): ShopSessions | undefined {
  try {
    return sessions.with({ concurrency: mode === 'lock' ? { mode, maxWaiters: REQUESTS } : mode })
  } catch (error) {
    if (error instanceof SessionConfigError) return undefined
    throw error
  }
}

async function compare(bench: Bench): Promise<Outcome> {
  const row = async (label: string, kind: string, counts: 'boxes' | 'counter'): Promise<string[]> => {
    const cells = await Promise.all(MODES.map((mode) => lost(bench, mode, kind, counts)))
    return [label, ...cells]
  }
  return {
    verdict: 'Lost updates, of twenty:',
    table: {
      head: ['', ...MODES],
      rows: [
        await row('Each sets a key of its own', 'boxes', 'boxes'),
        await row('All count up one key', 'counter', 'counter'),
        await row('All count with update()', 'update', 'counter'),
      ],
    },
  }
}

async function lost(bench: Bench, mode: string, kind: string, counts: 'boxes' | 'counter'): Promise<string> {
  const client = bench.client(mode)
  await client.post('/race/reset')
  const numbers = Array.from({ length: REQUESTS }, (_, n) => n)
  const answers = await Promise.all(numbers.map((n) => client.post(`/race/${mode}/${kind}?n=${n}`)))
  if (answers.some(({ status }) => status !== 200)) return 'refused'
  const { body } = await client.get('/race')
  return String(REQUESTS - Number(body[counts]))
}
