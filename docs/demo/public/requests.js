import { showDetail } from './detail.js'
import { at, el } from './dom.js'

const MOST = 40

/** Adds a request to the top of the list; one of many that were sent at once joins their entry. */
export function addRequest(live, report, choose) {
  const group = live.groups.find(({ last }) => last.client === report.client)
  if (report.numbered && group?.last.path === report.path) {
    group.count += 1
    group.last = report
    group.show()
    return group
  }
  const added = newGroup(report, choose)
  live.groups.unshift(added)
  live.groups.length = Math.min(live.groups.length, MOST)
  at('list').prepend(added.item)
  while (at('list').children.length > MOST) at('list').lastChild.remove()
  at('none').hidden = true
  return added
}

function newGroup(report, choose) {
  const what = el('span', { class: 'what' })
  const status = el('span')
  const button = el(
    'button',
    { type: 'button', onclick: () => choose(group) },
    el('span', { class: 'who' }, report.client),
    what,
    status,
  )
  const group = {
    last: report,
    count: 1,
    button,
    item: el('li', {}, button),
    show() {
      what.textContent = `${this.count > 1 ? `${this.count} × ` : ''}${report.method} ${report.path}`
      status.textContent = String(this.last.status)
      status.className = `status s${status.textContent[0]}`
    },
  }
  group.show()
  return group
}

export function clearRequests(live) {
  live.groups = []
  live.selected = undefined
  at('list').replaceChildren()
  at('detail').replaceChildren()
  at('none').hidden = false
}

/** Shows one request, and marks it in the list. */
export function selectRequest(live, group) {
  for (const { button } of live.groups) button.removeAttribute('aria-current')
  group.button.setAttribute('aria-current', 'true')
  live.selected = group.last
  showDetail(live, group.last)
}
