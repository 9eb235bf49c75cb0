import { at, el } from './dom.js'
import { evidenceCards } from './evidence.js'
import { sessionCards, showDeadline } from './session.js'
import { took } from './words.js'

/** All about one request. */
export function showDetail(live, report) {
  const { client, method, path, status } = report
  at('detail').replaceChildren(
    el(
      'h2',
      { id: 'title' },
      el('code', {}, `${method} ${path}`),
      ` → ${status}`,
      el('small', {}, `from ${client}`),
    ),
    lane(report),
    cards(report),
  )
  showDeadline(live)
}

function cards(report) {
  const [session, deadline] = sessionCards(report)
  const [wire, store] = evidenceCards(report)
  return el('div', { class: 'cards' }, el('div', {}, session, wire), el('div', {}, deadline, store))
}

/** Down on the way in, up on the way out. */
function lane({ lane, handler, status }) {
  const rows = lane.map((stage, depth) => row(stage, depth))
  const inner = el(
    'tr',
    { class: 'handler' },
    el('th', { scope: 'row', style: undefined }, name('handler', lane.length)),
    el('td', { colspan: '2' }, half('', handler.ms, handler.said ?? `Answers ${status}.`)),
  )
  return el(
    'div',
    { class: 'lane' },
    el(
      'table',
      { 'aria-label': 'The pipeline lane' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('th', { scope: 'col' }, 'Stage'),
          el('th', { scope: 'col' }, '↓ Way in'),
          el('th', { scope: 'col' }, '↑ Way out'),
        ),
      ),
      el('tbody', {}, ...rows, inner),
    ),
  )
}

function row({ name: stage, off, in: inward, out: outward, said, error }, depth) {
  if (off) {
    return el(
      'tr',
      { class: 'off' },
      el('th', { scope: 'row' }, name(stage, depth)),
      el('td', { colspan: '2' }, 'switched off by its option'),
    )
  }
  return el(
    'tr',
    { class: error ? 'error' : undefined },
    el('th', { scope: 'row' }, name(stage, depth)),
    el('td', { class: 'way-in' }, inward !== undefined && half('↓', inward, said.in)),
    el('td', { class: 'way-out' }, outward !== undefined && half('↑', outward, error ?? said.out)),
  )
}

function name(text, depth) {
  const label = el('span', { class: 'name' }, text)
  label.style.setProperty('--depth', depth)
  return label
}

function half(arrow, ms, said) {
  return el(
    'div',
    { class: 'half' },
    el('span', { class: 'arrow', 'aria-hidden': 'true' }, arrow),
    el('span', { class: 'said' }, said ?? ''),
    el('span', { class: 'ms' }, took(ms)),
  )
}
