// npm run bench -- accounts-races [rounds]: prints a Markdown table of who is logged in where after races, on Redis.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSocket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { ACCOUNT_CONTENDERS, MAX } from './accounts-contenders.js'
import { Browser } from './browser.js'
import { closeGate } from './routes.js'

const ROUNDS = Number(process.argv[2] ?? 25)
const LOGINS = 20

let users = 0

/** A user of the round, who can log in. */
async function newUser({ url, signsUp }) {
  users += 1
  const user = `user${users}`
  if (signsUp) await new Browser(url).get(`/sign-up?user=${user}`)
  return user
}

async function loggedIn({ url }, user) {
  const browser = new Browser(url)
  await browser.get(`/login?user=${user}`)
  return browser
}

/** Twenty logins at once: how many are not listed. */
async function unlisted(contender) {
  const user = await newUser(contender)
  const own = contender.signsUp ? 1 : 0
  const browsers = await Promise.all(Array.from({ length: LOGINS }, () => loggedIn(contender, user)))
  return LOGINS + own - (await browsers[0].get(`/list?user=${user}`))
}

/** The same with a limit: how many are alive beyond it, or missing from it. */
async function beyondLimit(contender) {
  const user = await newUser(contender)
  const browsers = await Promise.all(Array.from({ length: LOGINS }, () => loggedIn(contender, user)))
  const seen = await Promise.all(browsers.map((browser) => browser.get('/me')))
  return Math.abs(seen.filter((name) => name === user).length - MAX)
}

/** All are ended while a login is under way whose password was right: 1 if it is logged in afterwards. */
async function escapedLogin(contender) {
  const user = await newUser(contender)
  const other = await loggedIn(contender, user)
  const browser = new Browser(contender.url)
  await during(browser.get.bind(browser, `/login?user=${user}&wait=1`), () =>
    other.get(`/end-all?user=${user}`),
  )
  return (await browser.get('/me')) === user ? 1 : 0
}

/** All are ended while a request of one is under way: 1 if that one is logged in afterwards. */
async function revived(contender) {
  const user = await newUser(contender)
  const [browser, other] = [await loggedIn(contender, user), await loggedIn(contender, user)]
  await during(browser.get.bind(browser, '/slow?wait=1'), () => other.get(`/end-all?user=${user}`))
  return (await browser.get('/me')) === user ? 1 : 0
}

/** A slow request that stands at the gate while `act` runs. */
async function during(slow, act) {
  const gate = closeGate()
  const answer = slow()
  await gate.entered
  await act()
  gate.open()
  await answer
}

const RACES = [
  [`logins at once that are not listed, of ${ROUNDS * LOGINS}`, unlisted, 'all'],
  [
    `alive beyond a limit of ${MAX}, or missing from it, in ${ROUNDS} rounds of ${LOGINS} logins`,
    beyondLimit,
    'limits',
  ],
  [`logins under way that escape "log out everywhere", of ${ROUNDS}`, escapedLogin, 'all'],
  [`sessions that a request under way brings back, of ${ROUNDS}`, revived, 'all'],
]

async function freePort() {
  const socket = createSocket().listen(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** The contender on a port of its own, for as long as `work` takes. */
async function serving({ make }, port, max, work) {
  let handler
  const server = createServer((request, response) => handler(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  const made = await make({ port, max, url })
  handler = made.handler
  try {
    return await work(url)
  } finally {
    server.closeAllConnections()
    server.close()
    await made.close()
  }
}

const redisPort = await freePort()
const redis = spawn('redis-server', ['--port', redisPort, '--bind', '127.0.0.1', '--save', ''], {
  stdio: 'ignore',
})
redis.on('error', () => {
  console.log('This one needs a redis-server.')
  process.exit()
})
process.on('exit', () => redis.kill())
await setTimeout(500)

console.log(`| | ${RACES.map(([name]) => name).join(' | ')} |`)
console.log(`| --- |${' ---: |'.repeat(RACES.length)}`)
for (const [name, contender] of Object.entries(ACCOUNT_CONTENDERS)) {
  const counts = []
  for (const [, race, needs] of RACES) {
    if (needs === 'limits' && !contender.limits) {
      counts.push('no limit')
      continue
    }
    const max = needs === 'limits' ? MAX : undefined
    const count = await serving(contender, redisPort, max, async (url) => {
      let sum = 0
      for (let round = 0; round < ROUNDS; round += 1)
        sum += await race({ url, signsUp: name.startsWith('better-auth') })
      return sum
    })
    counts.push(count)
  }
  console.log(`| ${name} | ${counts.join(' | ')} |`)
}
process.exit()
