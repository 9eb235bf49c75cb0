import { type Duration, FileStore, MemoryStore, type Store } from '../../../src/index.ts'
import { application } from '../application.ts'
import { type Answer } from '../client.ts'
import { withFolder } from '../fleet.ts'
import { injector } from '../inject.ts'
import type { Report } from '../program.ts'

const HOUR = 3_600_000
const SESSIONS = 12
/** Shorter than a step and longer: some run out on the way. */
const IDLE = ['30m', '3h'] as const

/** What is known of a session from the answers alone. */
interface Known {
  cookie: string
  until: number
  count: number
  /** It was destroyed: it must never be seen again. */
  ended: boolean
  /** It ran out at some time, and may have been cleared away. */
  lapsed: boolean
}

/** A clock that steps an hour back and forth between requests, and while they run. */
export async function stepClock(report: Report, steps: number): Promise<void> {
  for (const idleTimeout of IDLE) {
    let now = Date.UTC(2030, 0, 1)
    const clock = { now: () => now, step: () => (now += (Math.random() < 0.5 ? -1 : 1) * HOUR) }
    await play(
      report,
      `MemoryStore, ${idleTimeout}`,
      new MemoryStore({ clock: clock.now }),
      idleTimeout,
      steps,
      clock,
    )
    await withFolder(async (dir) => {
      const store = new FileStore({ dir, clock: clock.now, sweepInterval: false })
      await play(report, `FileStore, ${idleTimeout}`, store, idleTimeout, steps, clock)
      await store.close()
    })
  }
}

async function play(
  report: Report,
  where: string,
  store: Store,
  idleTimeout: Duration,
  steps: number,
  clock: { now: () => number; step: () => number },
): Promise<void> {
  const ask = injector(application({ store, clock: clock.now, idleTimeout, expiryThreshold: 0 }))
  const wrong = new Set<string>()
  const odd = (what: string, { status, body }: Answer): void =>
    void wrong.add(`${what}: ${status} ${body.code ?? ''} ${JSON.stringify(body).slice(0, 300)}`)

  const start = async (): Promise<Known> => {
    const { cookie } = await ask('/start')
    const session = { cookie: cookie!, until: 0, count: 0, ended: false, lapsed: false }
    await look(session)
    return session
  }

  /** Reads the session, and compares with what must be. */
  const look = async (session: Known): Promise<void> => {
    const answer = await ask('/data', session.cookie)
    if (answer.status !== 200) return odd('an error', answer)
    const { isNew, count, expiresAt } = answer.body.result as {
      isNew: boolean
      count: number
      expiresAt: number
    }
    const over = session.until > 0 && clock.now() > session.until
    if (!isNew && session.ended) odd('a destroyed session was revived', answer)
    if (!isNew && over) odd('an expired session was shown', answer)
    if (isNew && !session.ended && !session.lapsed && !over) odd('a session died early', answer)
    if (!isNew && !session.lapsed && count !== session.count)
      odd(`a count of ${session.count} was lost`, answer)
    if (over) session.lapsed = true
    if (!isNew) session.until = expiresAt
  }

  const act = async (session: Known): Promise<void> => {
    const dead = session.ended || session.lapsed
    const chance = Math.random()
    // The clock steps while the request is on its way.
    const path =
      chance < 0.5 ? '/increment' : chance < 0.8 ? '/data' : chance < 0.9 ? '/change-id' : '/destroy'
    const under = ask(path, session.cookie)
    const before = clock.now()
    if (Math.random() < 0.3) step()
    const answer = await under
    const mayLapse = dead || Math.max(before, clock.now()) > session.until
    if (
      answer.status !== 200 &&
      !(answer.status === 503 && answer.body.code === 'ERR_SESSION_CONFLICT' && mayLapse)
    )
      return odd(path, answer)
    if (dead || (mayLapse && answer.cookie !== undefined && path !== '/change-id')) {
      session.lapsed = true
      return
    }
    if (path === '/destroy') session.ended = true
    if (path === '/increment' && answer.status === 200) session.count += 1
    if (path === '/change-id' && answer.cookie !== undefined) {
      gone.push({ ...session, ended: true })
      session.cookie = answer.cookie
    }
    if (answer.status !== 200) session.lapsed = true
  }

  const sessions: Known[] = []
  const gone: Known[] = []
  const step = (): void => {
    clock.step()
    for (const session of sessions) if (clock.now() > session.until) session.lapsed = true
  }

  for (let n = 0; n < SESSIONS; n += 1) sessions.push(await start())
  for (let n = 0; n < steps; n += 1) {
    step()
    const index = Math.floor(Math.random() * SESSIONS)
    const session = sessions[index]!
    await act(session)
    await look(session)
    if (gone.length > 0) await look(gone[Math.floor(Math.random() * gone.length)]!)
    if (n % 7 === 0) await store.sweep?.()
    if ((session.ended || session.lapsed) && Math.random() < 0.5) {
      gone.push({ ...session, ended: session.ended })
      sessions[index] = await start()
    }
  }
  report.check(
    `clock, ${where}: in ${steps} steps of an hour back and forth nothing dies early, nothing is revived`,
    wrong.size === 0,
    wrong.size === 0 ? '' : `${wrong.size}: ${[...wrong][0]}`,
  )
}
