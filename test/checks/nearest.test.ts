import test from 'ava'
import { nearest } from '../../src/checks/nearest.ts'

const NAMES = ['sameSite', 'secure', 'path', 'idleTimeout', 'absoluteTimeout']

const slips: [given: string, meant: string | undefined][] = [
  ['samesite', 'sameSite'],
  ['sameSiet', 'sameSite'],
  ['secrue', 'secure'],
  ['ideltimeout', 'idleTimeout'],
  ['apth', 'path'],
  ['idleTimeOut', 'idleTimeout'],
  ['colour', undefined],
  ['', undefined],
  ['x'.repeat(1_000_000), undefined],
]
for (const [given, meant] of slips) {
  test(`${given.slice(0, 20) || 'nothing'} is most likely ${meant ?? 'none of the names'}`, (t) => {
    t.is(nearest(given, NAMES), meant)
  })
}
