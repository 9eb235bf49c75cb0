import { card, code, el } from './dom.js'
import { clockTime } from './words.js'

/** What was on the wire, what lies in the store, and what the package said of it. */
export function evidenceCards({ wire, store, events }) {
  return [
    card(
      'On the wire',
      el('h4', {}, 'Request'),
      headers(wire.request),
      el('h4', {}, 'Response'),
      headers(wire.response),
    ),
    card(
      'In the store',
      el('h4', {}, 'Before'),
      records(store.before, store.after, 'removed'),
      el('h4', {}, 'After'),
      records(store.after, store.before, 'added'),
      el('p', { class: 'note form' }, 'A line for each key: d data, f flash, k a deadline, a an annotation.'),
      events.length > 0 && el('h4', {}, 'Events'),
      events.length > 0 && el('ul', { class: 'events' }, events.map(event)),
    ),
  ]
}

function headers(list) {
  if (list.length === 0) return el('p', { class: 'note' }, 'Nothing of the session.')
  return el(
    'dl',
    { class: 'headers' },
    list.map(([name, value]) => [el('dt', {}, name), el('dd', {}, code(value))]),
  )
}

/** The lines of each record; those that the other side has not are marked. */
function records(list, others, mark) {
  if (list.length === 0) return el('p', { class: 'note' }, 'Nothing.')
  const known = new Set(others.flatMap(({ lines }) => lines))
  return list.map(({ id, lines, expiresAt }) =>
    el(
      'div',
      { class: 'record' },
      el('p', {}, code(id), expiresAt && el('small', {}, ` until ${clockTime(expiresAt)}`)),
      el(
        'pre',
        { tabindex: '0', 'aria-label': `Record ${id}` },
        lines.map((line) => el('span', { class: known.has(line) ? undefined : mark }, `${line}\n`)),
      ),
    ),
  )
}

function event({ name, id, reason, keys }) {
  return el(
    'li',
    {},
    code(name),
    reason ? ` ${reason}` : '',
    keys ? ` ${keys.join(', ')}` : '',
    id ? ` · ${id}` : '',
  )
}
