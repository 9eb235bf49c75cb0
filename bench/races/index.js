// npm run bench -- races [rounds]: prints a Markdown table of what parallel requests of one session lose.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Browser } from './browser.js'
import { CONTENDERS } from './contenders.js'
import { closeGate } from './routes.js'

const ROUNDS = Number(process.argv[2] ?? 25)
const KEYS = 8

/** Eight requests at a time, each of which sets another key: how many keys are missing afterwards. */
async function lostUpdates(url) {
  const browser = new Browser(url)
  await browser.get('/start')
  await Promise.all(Array.from({ length: KEYS }, (_, n) => browser.get(`/put?key=key${n}`)))
  const data = await browser.get('/data')
  return Array.from({ length: KEYS }, (_, n) => !(`key${n}` in data)).filter(Boolean).length
}

/** A visitor logs out while a request of another tab is on its way: 1 if the old cookie is logged in again. */
async function revived(url) {
  const browser = new Browser(url)
  await browser.get('/start')
  await browser.get('/login')
  const copy = browser.copy()
  await during(browser, () => browser.get('/logout'))
  return (await copy.get('/data')).user === 'alice' ? 1 : 0
}

/** The same, seen from the visitor's own browser. */
async function stillLoggedIn(url) {
  const browser = new Browser(url)
  await browser.get('/start')
  await browser.get('/login')
  await during(browser, () => browser.get('/logout'))
  return (await browser.get('/data')).user === 'alice' ? 1 : 0
}

/** A visitor logs in while a request of another tab is on its way: 1 if its late answer undoes the login. */
async function lostLogin(url) {
  const browser = new Browser(url)
  await browser.get('/start')
  await during(browser, () => browser.get('/login'))
  return (await browser.get('/data')).user === 'alice' ? 0 : 1
}

/** A slow request that has loaded the session before `act`, and answers after it. */
async function during(browser, act) {
  const gate = closeGate()
  const slow = browser.get('/slow')
  await gate.entered
  await act()
  gate.open()
  await slow
}

const RACES = [
  [`updates lost, of ${ROUNDS * KEYS}`, lostUpdates],
  [`logged in again with the old cookie after logout, of ${ROUNDS}`, revived],
  [`still logged in, in the same browser, of ${ROUNDS}`, stillLoggedIn],
  [`logins in a session that exists, undone by a late answer, of ${ROUNDS}`, lostLogin],
]

console.log(`| | ${RACES.map(([name]) => name).join(' | ')} |`)
console.log(`| --- |${' ---: |'.repeat(RACES.length)}`)
for (const [name, make] of Object.entries(CONTENDERS)) {
  const server = createServer(make()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  const counts = []
  for (const [, race] of RACES) {
    let count = 0
    for (let round = 0; round < ROUNDS; round += 1) count += await race(url)
    counts.push(count)
  }
  console.log(`| ${name} | ${counts.join(' | ')} |`)
  server.closeAllConnections()
  server.close()
}
