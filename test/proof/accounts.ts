import { once } from 'node:events'
import { type Answer, ask } from './client.ts'
import { kill, startProcess, withFolder } from './fleet.ts'
import { type Report, runAsProgram } from './program.ts'

/* Who is logged in where, while everything happens at once, on several processes over one folder. */

export const ACCOUNTS = { rounds: 1, processes: 4, logins: 200, sessions: 40, listed: 100 }

type Amounts = typeof ACCOUNTS

export async function accounts(report: Report, amounts: Amounts): Promise<void> {
  await withServers(amounts.processes, async (urls, limited) => {
    for (let round = 0; round < amounts.rounds; round += 1) {
      await logInAtOnce(report, urls, `ann${round}`, amounts)
      await logInBeyondMax(report, limited, `bob${round}`, amounts)
      await endAllMeanwhile(report, urls, `cat${round}`, amounts)
    }
  })
}

async function withServers(
  count: number,
  work: (urls: string[], limited: string[]) => Promise<void>,
): Promise<void> {
  await withFolder(async (dir) => {
    const servers = Array.from({ length: count }, () => startProcess('accounts-server', [dir]))
    try {
      const urls = await Promise.all(
        servers.map(async (server) => ((await once(server, 'message')) as [string[]])[0]),
      )
      await work(
        urls.map(([url]) => url!),
        urls.map(([, url]) => url!),
      )
    } finally {
      await Promise.all(servers.map(kill))
    }
  })
}

const any = (urls: readonly string[]): string => urls[Math.floor(Math.random() * urls.length)]!

const logIn = (urls: readonly string[], user: string, how = ''): Promise<Answer> =>
  ask(any(urls), `/login?user=${user}${how}`)

interface Me {
  readonly user: string | null
  readonly reason?: string
}

async function meWith(url: string, cookie: string): Promise<Me> {
  return (await ask(url, '/me', cookie)).body.result as Me
}

const cookiesOf = (answers: readonly Answer[]): string[] =>
  answers.flatMap(({ cookie }) => (cookie === undefined || cookie === 'sid=' ? [] : [cookie]))

async function logInAtOnce(
  report: Report,
  urls: readonly string[],
  user: string,
  { listed }: Amounts,
): Promise<void> {
  const began = performance.now()
  const answers = await Promise.all(Array.from({ length: listed }, () => logIn(urls, user)))
  const ms = Math.round(performance.now() - began)
  const counts = await Promise.all(
    urls.map(async (url) => (await ask(url, `/list?user=${user}`)).body.result),
  )
  report.check(
    `${urls.length} processes: ${listed} logins at once, ${listed} listed`,
    answers.every(({ status }) => status === 200) && counts.every((count) => count === listed),
    `${counts.join()}; ${ms} ms`,
  )
}

async function logInBeyondMax(
  report: Report,
  urls: readonly string[],
  user: string,
  { listed }: Amounts,
): Promise<void> {
  const answers = await Promise.all(Array.from({ length: listed }, () => logIn(urls, user)))
  const cookies = cookiesOf(answers)
  const seen = await Promise.all(cookies.map((cookie) => meWith(any(urls), cookie)))
  const alive = seen.filter((me) => me.user === user).length
  const told = seen.filter(({ reason }) => reason === 'too many sessions').length
  const count = (await ask(urls[0]!, `/list?user=${user}`)).body.result
  report.check(
    `${urls.length} processes: of ${listed} logins at once with max 5, 5 are alive and the others know why`,
    alive === 5 && told === cookies.length - 5 && count === 5,
    `${alive} alive, ${told} told, ${cookies.length} cookies, ${String(count)} listed`,
  )
}

/** The things that sessions do while they are ended; each takes the cookie of the answer before. */
const DOINGS = ['/slow', '/change-id', '/refresh', '/me', '/regenerate']

async function live(urls: readonly string[], first: string, { signal }: AbortController): Promise<string[]> {
  const cookies = [first]
  while (!signal.aborted) {
    const doing = DOINGS[Math.floor(Math.random() * DOINGS.length)]!
    const { cookie } = await ask(any(urls), doing, cookies.at(-1))
    cookies.push(...(cookie === undefined || cookie === 'sid=' ? [] : [cookie]))
  }
  return cookies
}

/** So many logins begin when all have been ended. */
const LATER = 20

async function endAllMeanwhile(
  report: Report,
  urls: readonly string[],
  user: string,
  { logins, sessions }: Amounts,
): Promise<void> {
  const before = cookiesOf(await Promise.all(Array.from({ length: sessions }, () => logIn(urls, user))))
  const stop = new AbortController()
  const living = before.map((cookie) => live(urls, cookie, stop))
  const ways = ['', '&regenerate=1', '&save=1']
  const asked = Array.from({ length: logins }, async (_, n) => {
    await new Promise((resolve) => setTimeout(resolve, n * 2))
    return logIn(urls, user, ways[n % ways.length])
  })
  await new Promise((resolve) => setTimeout(resolve, logins))
  const { began, ended } = (await ask(any(urls), `/end-all?user=${user}`)).body.result as {
    began: number
    ended: number
  }
  const afterwards = Array.from({ length: LATER }, (_, n) => logIn(urls, user, ways[n % ways.length]))
  const answers = await Promise.all([...asked, ...afterwards])
  stop.abort()
  const lived = (await Promise.all(living)).flat()
  const isAlive = async (cookie: string): Promise<boolean> => (await meWith(any(urls), cookie)).user === user
  const times = answers.map(({ body }) => body.result as { before: number; after: number } | undefined)
  const alive = await Promise.all(
    answers.map(async ({ cookie }) => cookie !== undefined && cookie !== 'sid=' && isAlive(cookie)),
  )
  const earlier = times.map((time) => time !== undefined && time.after < began)
  const later = times.map((time) => time !== undefined && time.before > ended)
  const count = (flags: readonly boolean[]): number => flags.filter(Boolean).length
  const escaped = count(alive.map((is, n) => is && earlier[n]!))
  const lost = count(alive.map((is, n) => !is && later[n]!))
  const revived = count(await Promise.all(lived.map(isAlive)))
  report.check(
    `${urls.length} processes: all are ended while ${logins} logins and ${sessions} busy sessions run; none from before is alive`,
    escaped === 0 && revived === 0,
    `${escaped} of ${count(earlier)} logins from before, ${revived} of ${lived.length} tokens of busy sessions; ${ended - began} ms`,
  )
  report.check(
    `${urls.length} processes: logins from afterwards are alive`,
    lost === 0 && count(later) > 0,
    `${count(later) - lost} of ${count(later)}; ${count(alive)} alive in all`,
  )
  const listed = (await ask(urls[0]!, `/list?user=${user}`)).body.result
  report.check(
    `${urls.length} processes: what is alive is listed, and nothing else`,
    listed === count(alive),
    String(listed),
  )
}

await runAsProgram(import.meta.filename, ACCOUNTS, accounts)
