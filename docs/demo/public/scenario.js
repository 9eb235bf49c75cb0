import { showRoutes, source } from './code.js'
import { at, el } from './dom.js'

export function showNav(live) {
  at('scenarios').replaceChildren(
    ...live.scenarios.map(({ name, title }) => {
      const current = name === live.scenario && 'page'
      return el('li', {}, el('a', { href: `#${name}`, 'aria-current': current }, title))
    }),
  )
}

/** What can be clicked, what came of it, and the code behind it. */
export function showScenario(live, play) {
  const { name, title, about, source: text } = live.scenarios.find((one) => one.name === live.scenario)
  const box = at('scenario')
  box.hidden = false
  box.replaceChildren(
    el(
      'div',
      { class: 'story' },
      el('h1', {}, title),
      el('p', { class: 'about' }, about),
      el('div', { id: 'actions', class: 'actions' }),
      el('ul', { id: 'browsers', class: 'browsers', 'aria-label': 'Browsers' }),
      el('div', { id: 'outcome', class: 'outcome', role: 'status' }),
    ),
    el(
      'details',
      { class: 'source', open: window.innerWidth > 800 },
      el('summary', {}, `The code: scenarios/${name}.ts`),
      source(text, `Source of scenarios/${name}.ts`),
    ),
  )
  showRoutes(box.querySelector('.source pre'))
  showActions(live, play)
  showOutcome(live)
}

export function showActions(live, play) {
  const focused = document.activeElement?.dataset?.action
  const buttons = live.setup.actions[live.scenario].map(({ label, on }, index) =>
    el(
      'button',
      {
        type: 'button',
        class: index === 0 ? 'primary' : 'plain',
        'data-action': on === undefined ? String(index) : label,
        'aria-pressed': on === undefined ? undefined : String(on),
        onclick: () => play(label),
      },
      label,
    ),
  )
  at('actions').replaceChildren(...buttons)
  buttons.find((button) => button.dataset.action === focused)?.focus()
  showBrowsers(live)
}

function showBrowsers(live) {
  const { browsers } = live.scenarios.find((one) => one.name === live.scenario)
  const known = live.setup.browsers.filter(({ name }) => browsers.includes(name))
  at('browsers').replaceChildren(
    ...known.map(({ name, user, wasIn }) =>
      el(
        'li',
        { class: user ? 'in' : 'out' },
        el('strong', {}, name),
        ` ${user ? `logged in as ${user}` : wasIn ? 'logged out' : 'not logged in'}`,
      ),
    ),
  )
}

export function showOutcome({ outcome, setup, scenario }) {
  const children = []
  if (outcome)
    children.push(el('p', { class: outcome.failed ? 'verdict failed' : 'verdict' }, outcome.verdict))
  if (outcome?.table) children.push(el('div', { class: 'scroll' }, table(outcome.table)))
  if (scenario === 'edits') children.push(source(edited(setup.edits), 'The pipeline as it is now'))
  at('outcome').replaceChildren(...children)
}

function table({ head, rows }) {
  return el(
    'table',
    {},
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        head.map((text) => el(text ? 'th' : 'td', text ? { scope: 'col' } : {}, text)),
      ),
    ),
    el(
      'tbody',
      {},
      rows.map(([label, ...cells]) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, label),
          cells.map((cell) => el('td', {}, cell)),
        ),
      ),
    ),
  )
}

/** The lines that made the pipeline what it is. */
function edited(edits) {
  const verbs = edits.map((edit) => `\n    ${edit.replace(/^\(stages\) => stages/, '')}`)
  return verbs.length === 0
    ? 'session(app) // the pipeline as it comes'
    : `session(app, {\n  stages: (stages) => stages${verbs.join('')},\n})`
}
