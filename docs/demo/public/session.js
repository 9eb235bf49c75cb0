import { at, card, code, el, facts } from './dom.js'
import { clockTime, duration } from './words.js'

const json = (value) => code(JSON.stringify(value))
const listed = (values) => {
  const entries = Object.entries(values)
  if (entries.length === 0) return 'none'
  return el(
    'ul',
    {},
    entries.map(([key, value]) => el('li', {}, code(key), ' ', json(value))),
  )
}

/** The session as the request left it, and how long it has. */
export function sessionCards({ session }) {
  if (!session)
    return [card('Session', el('p', { class: 'note' }, 'None: nothing is stored for this client.'))]
  const { id, user, data, flashBefore, flash, deadlines, annotations, createdAt } = session
  return [
    card(
      'Session',
      facts([
        ['Id', code(id)],
        ['Who', user ?? 'nobody is logged in'],
        ['Data', listed(data)],
        ['Flash now', listed(flashBefore)],
        ['Flash waiting', listed(flash)],
        [
          'Key deadlines',
          Object.keys(deadlines).length === 0
            ? 'none'
            : el(
                'ul',
                {},
                Object.keys(deadlines).map((key) =>
                  el('li', {}, code(key), ' ', el('span', { 'data-key': key })),
                ),
              ),
        ],
        ['Annotations', listed(annotations)],
        ['Began', clockTime(createdAt)],
      ]),
    ),
    card('Deadline', el('div', { id: 'deadline' })),
  ]
}

/** Runs down with the clock of the sessions. */
export function showDeadline(live) {
  const session = live.selected?.session
  const box = at('deadline')
  if (!session || !box) return
  const now = live.now()
  const whole = live.idle
  const left = session.expiresAt - now
  const spare = session.thresholdAt - now
  const share = (ms) => `${Math.max(0, Math.min(100, (ms / whole) * 100)).toFixed(2)}%`
  if (!box.firstChild) {
    box.append(
      el('p', { class: 'left', id: 'left' }),
      el(
        'div',
        { class: 'bar', role: 'img', 'aria-label': 'The deadline, with the threshold marked' },
        el('i'),
        el('b'),
      ),
      el('p', { class: 'note', id: 'rule' }),
    )
  }
  at('left').textContent = left >= 0 ? `${duration(left)} left` : 'Over'
  const latest = ` Whatever happens, it ends in ${duration(session.endsAt - now)}.`
  at('rule').textContent =
    left < 0
      ? 'The next request finds no session.'
      : spare > 0
        ? `Using it moves the deadline in ${duration(spare)}, at the mark. Changing it does at once.${latest}`
        : `Past the mark: the next use moves the deadline.${latest}`
  const bar = box.querySelector('.bar')
  bar.classList.toggle('late', spare <= 0)
  bar.style.setProperty('--left', share(left))
  bar.style.setProperty('--mark', share(session.expiresAt - session.thresholdAt))
  for (const span of document.querySelectorAll('[data-key]')) {
    const rest = session.deadlines[span.dataset.key] - now
    span.textContent = rest >= 0 ? `${duration(rest)} left` : 'over'
  }
}
