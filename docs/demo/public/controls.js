import { at, el } from './dom.js'
import { clockTime } from './words.js'

const MINUTE = 60_000
const MOVES = [
  ['1 min', MINUTE],
  ['10 min', 10 * MINUTE],
  ['1 h', 60 * MINUTE],
  ['1 day', 1440 * MINUTE],
]

/** Which store, which state, and what time it is for the sessions. */
export function showControls(live, ask) {
  const chosen = () => {
    const [store, state] = [...at('controls').querySelectorAll('select')].map(({ value }) => value)
    void ask('setup', { store, state })
  }
  const choose = (label, name, choices) => {
    const options = choices.map((choice) =>
      el('option', { value: choice.name, selected: choice.name === live.setup[name] }, choice.label),
    )
    return el('label', {}, el('span', {}, label), el('select', { name, onchange: chosen }, options))
  }
  const moves = MOVES.map(([label, ms]) =>
    el(
      'button',
      {
        type: 'button',
        class: 'small',
        'aria-label': `Move the clock by ${label}`,
        onclick: () => ask('clock', { ms }),
      },
      `+ ${label}`,
    ),
  )
  at('controls').replaceChildren(
    choose('Store', 'store', live.stores),
    choose('State', 'state', live.states),
    el('div', { class: 'clock', role: 'group', 'aria-label': 'Clock' }, el('time', { id: 'now' }), ...moves),
  )
  showTime(live)
}

export function showTime(live) {
  at('now').textContent = clockTime(live.now())
}
