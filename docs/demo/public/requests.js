import { at, el } from './dom.js'
import { showDetail } from './detail.js'

const MOST = 40

/** Adds a request to the top of the list. */
export function addRequest(live, report, choose) {
  live.requests.unshift(report)
  live.requests.length = Math.min(live.requests.length, MOST)
  const button = el(
    'button',
    { type: 'button', onclick: () => choose(report) },
    el('span', { class: 'who' }, report.client),
    el('span', { class: 'what' }, `${report.method} ${report.path}`),
    el('span', { class: `status s${String(report.status)[0]}` }, String(report.status)),
  )
  report.item = el('li', {}, button)
  at('list').prepend(report.item)
  while (at('list').children.length > MOST) at('list').lastChild.remove()
  at('none').hidden = true
}

export function clearRequests(live) {
  live.requests = []
  live.selected = undefined
  at('list').replaceChildren()
  at('detail').replaceChildren()
  at('none').hidden = false
}

/** Shows one request, and marks it in the list. */
export function selectRequest(live, report) {
  live.selected?.item.firstChild.removeAttribute('aria-current')
  live.selected = report
  if (!report) return
  report.item.firstChild.setAttribute('aria-current', 'true')
  showDetail(live, report)
}
