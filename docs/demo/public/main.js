import { showControls, showTime } from './controls.js'
import { at } from './dom.js'
import { addRequest, clearRequests, selectRequest } from './requests.js'
import { showActions, showNav, showOutcome, showScenario } from './scenario.js'
import { showDeadline } from './session.js'

const MINUTE = 60_000

/** What the page knows. The server says it, over the stream. */
const live = {
  scenario: location.hash.slice(1),
  groups: [],
  selected: undefined,
  outcome: undefined,
  ahead: 0,
  now: () => Date.now() + live.ahead,
}

const stream = new EventSource('/events')

stream.addEventListener('sandbox', ({ data }) => {
  Object.assign(live, JSON.parse(data))
  live.idle = Number.parseInt(live.lifetimes.idleTimeout, 10) * MINUTE
  if (!live.scenarios.some(({ name }) => name === live.scenario)) live.scenario = live.scenarios[0].name
  learn(live.setup)
  clearRequests(live)
  live.outcome = undefined
  at('offline').hidden = true
  at('requests').hidden = false
  showControls(live, ask)
  showNav(live)
  showScenario(live, play)
})

stream.addEventListener('request', ({ data }) => {
  selectRequest(
    live,
    addRequest(live, JSON.parse(data), (chosen) => selectRequest(live, chosen)),
  )
})

stream.addEventListener('setup', ({ data }) => {
  learn(JSON.parse(data))
  showActions(live, play)
  showOutcome(live)
  showTime(live)
  showDeadline(live)
})

stream.addEventListener('error', () => {
  at('offline').textContent = 'The connection is lost. The page begins anew when the server is back.'
  at('offline').hidden = false
})

addEventListener('hashchange', () => {
  const name = location.hash.slice(1)
  if (live.scenarios?.some((one) => one.name === name)) choose(name)
})

setInterval(() => {
  if (!live.setup) return
  showTime(live)
  showDeadline(live)
}, 1000)

function learn(setup) {
  live.setup = setup
  live.ahead = setup.now - Date.now()
}

function choose(name) {
  live.scenario = name
  live.outcome = undefined
  showNav(live)
  showScenario(live, play)
}

async function play(action) {
  at('scenario').setAttribute('aria-busy', 'true')
  const { scenario } = live
  const outcome = await ask('play', { scenario, action })
  at('scenario').removeAttribute('aria-busy')
  // Somebody who has gone on to another scenario does not wait for this one.
  if (live.scenario !== scenario) return
  live.outcome = outcome
  showOutcome(live)
}

/** What a button asks of the server. */
async function ask(what, fields) {
  if (what === 'setup') {
    clearRequests(live)
    live.outcome = undefined
  }
  try {
    const answer = await fetch(`/sandboxes/${live.key}/${what}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(fields),
    })
    return answer.ok ? await answer.json() : { failed: true, verdict: await answer.text() }
  } catch {
    return { failed: true, verdict: 'The server cannot be reached.' }
  }
}
