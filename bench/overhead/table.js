import { CONTENDERS } from '../contenders/index.js'
import { figures } from './figures.js'
import { rivalOf, targetOf } from './targets.js'

const HEAD = ['', 'all, µs', 'over bare Koa, µs', 'ratio', 'quartiles', 'of', 'target (stretch)', '']

/** The rows of one workload, as Markdown. */
export function table(workload, taken) {
  const rows = Object.keys(taken).map((name) => row(name, workload, taken))
  const rule = HEAD.map((_, column) => (column >= 1 && column <= 4 ? '---:' : '---'))
  return [HEAD, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function row(name, workload, taken) {
  const { title } = CONTENDERS[name]
  if (name === 'bare') return [title, micro(figures(taken, name).total), '', '', '', '', '', '']
  const rival = rivalOf(name, workload)
  const { total, added, ratio, spread } = figures(taken, name, rival)
  const compared = ratio !== undefined && name !== rival
  return [
    title,
    micro(total),
    micro(added),
    compared ? ratio.toFixed(2) : '',
    compared ? spread.map((value) => value.toFixed(2)).join(' – ') : '',
    compared ? CONTENDERS[rival].title : '',
    ...judged(targetOf(name, workload), ratio),
  ]
}

function judged(target, ratio) {
  if (target === undefined) return ['', '']
  const [most, best] = target
  const said = best === undefined ? `${most}` : `${most} (${best})`
  if (ratio === undefined) return [said, 'not compared']
  if (ratio > most) return [said, 'missed']
  return [said, best !== undefined && ratio <= best ? 'stretch' : 'met']
}

const micro = (ns) => (ns / 1000).toFixed(2)
