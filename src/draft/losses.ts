import { kindOf } from '../checks/messages.ts'
import { DEVELOPMENT, warnOnce } from '../checks/warnings.ts'

/** So much of a value is looked at: it is advice, and must not cost a large session its time. */
const MOST_NODES = 10_000

/** Warns once of what JSON drops or turns into something else, in development: it vanishes in silence otherwise. */
export function warnOfLosses(name: string, value: unknown): void {
  const loss = DEVELOPMENT ? findLoss(name, value) : undefined
  if (!loss) return
  const [where, what, fate] = loss
  warnOnce(
    'SESSION_LOST_VALUE',
    `The session's '${where}' is ${what}, which JSON ${fate}. ` +
      'Keep plain data there, or set the option serializer to devalue or superjson.',
    `${name} ${what}`,
  )
}

function findLoss(
  name: string,
  value: unknown,
): readonly [where: string, what: string, fate: string] | undefined {
  const waiting: [where: string, value: unknown][] = [[name, value]]
  const seen = new Set<unknown>()
  // The list grows while it is gone through.
  for (const [where, one] of waiting) {
    const loss = lossOf(one)
    if (loss) return [where, ...loss]
    if (typeof one !== 'object' || one === null || seen.has(one) || waiting.length > MOST_NODES) continue
    // It says itself what it becomes.
    if ('toJSON' in one && typeof one.toJSON === 'function') continue
    seen.add(one)
    for (const [key, inner] of Object.entries(one)) waiting.push([`${where}.${key}`, inner])
  }
  return undefined
}

const EMPTY = 'stores as an empty object'

/** What a value is, and what JSON makes of it; `undefined` when it comes back as it is. */
function lossOf(value: unknown): readonly [what: string, fate: string] | undefined {
  if (typeof value === 'function') return ['a function', 'leaves out']
  if (typeof value === 'symbol') return ['a symbol', 'leaves out']
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : [String(value), 'stores as null']
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const kind = kindOf(value)
  if (['Map', 'Set', 'WeakMap', 'WeakSet', 'RegExp', 'Promise'].includes(kind)) return [`a ${kind}`, EMPTY]
  if (kind === 'Date') return ['a Date', 'stores as a text']
  if (kind === 'Error') return ['an Error', EMPTY]
  const prototype: unknown = Object.getPrototypeOf(value)
  // Plain data, of this realm or another one.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return undefined
  const { constructor } = value
  const name =
    typeof constructor === 'function' && constructor.name !== '' ? constructor.name : 'without a name'
  return [`an instance of the class ${name}`, 'stores as plain data']
}
