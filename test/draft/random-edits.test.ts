import test from 'ava'
import * as devalue from 'devalue'
import superjson from 'superjson'
import type { Draft } from '../../src/draft/draft.ts'
import { faceOf } from '../../src/draft/face.ts'
import { lineOf, textIn } from '../../src/draft/lines.ts'
import type { Serializer } from '../../src/draft/serializer.ts'
import { draftOn, recordOf, type Values } from './helpers.ts'

// What is stored, and what counts as changed, has to be what a comparison of the whole would say: a plain
// object that takes the same edits, each key serialised on its own, against the text of the last save.

/** Numbers that are the same in every run with the same seed, from 0 to 1 (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const KEYS: readonly string[] = [
  'a',
  'b',
  'cart',
  '',
  '1',
  '0',
  '"',
  'a":1',
  'line\nbreak',
  'ä€😀',
  '\ud800',
  'constructor',
  'hasOwnProperty',
  '\u2028',
]

interface Kit {
  readonly serializer: Serializer
  /** What only this serializer can hold. */
  readonly values: readonly (() => unknown)[]
}

const bare = (values: Values): Values => Object.assign(Object.create(null) as Values, values)
const protoKey = (): unknown => JSON.parse('{"__proto__":{"x":1},"y":2}')

const RICH: readonly (() => unknown)[] = [
  () => new Map([['k', { deep: 1 }]]),
  () => new Set([1, 'two']),
  () => 10n,
  () => /x\n/g,
  () => Number.POSITIVE_INFINITY,
  () => [undefined, 1],
]

const KITS: Readonly<Record<string, Kit>> = {
  JSON: {
    serializer: JSON,
    values: [protoKey, () => Symbol('s'), () => (): number => 1, () => bare({ a: 1 })],
  },
  'JSON with line breaks': {
    serializer: {
      stringify: (value) => JSON.stringify(value, null, 2),
      parse: (text) => JSON.parse(text) as unknown,
    },
    values: [protoKey, () => (): number => 1],
  },
  devalue: { serializer: devalue, values: [...RICH, () => bare({ a: 1 })] },
  superjson: { serializer: superjson, values: RICH },
}

const VALUES: readonly (() => unknown)[] = [
  () => 0,
  () => -0,
  () => 1,
  () => Number.NaN,
  () => true,
  () => null,
  () => undefined,
  () => '',
  () => 'a\nd"b":1\n',
  () => 'ä€😀"\\',
  () => new Date(0),
  () => new Date(1_764_000_000_000),
  () => [],
  () => [1, 2, { x: [3] }],
  () => ({}),
  () => ({ b: 1, a: 2 }),
  () => ({ a: 2, b: 1 }),
  () => ({ deep: { deeper: { list: ['x\ny'] } } }),
]

/** An object that JSON stores by its `toJSON`, which others would refuse or store as it is. */
const TO_JSON = (): unknown => ({ n: 1, toJSON: () => ({ n: 'one' }) })

/** Changes something inside of an object, if it is one that can be changed. */
function changeInside(value: unknown, random: () => number): void {
  if (typeof value !== 'object' || value === null) return
  if (value instanceof Map) value.set('k', random() < 0.5 ? { deep: 1 } : { deep: 2 })
  else if (value instanceof Set) {
    if (random() < 0.5) value.add(random() < 0.5 ? 1 : 7)
    else value.delete(7)
  } else if (value instanceof Date) value.setTime(random() < 0.5 ? 0 : 5_000)
  else if (Array.isArray(value)) {
    if (random() < 0.5) value.push(1)
    else value.pop()
  } else if (!(value instanceof RegExp)) {
    const object = value as Values
    const names = Object.keys(object)
    const name = names[Math.floor(random() * names.length)]
    const dice = random()
    if (name !== undefined && dice < 0.4) changeInside(object[name], random)
    else if (name !== undefined && dice < 0.6) delete object[name]
    else if (name !== undefined && dice < 0.8) {
      // The same keys in another order are another text.
      const held = object[name]
      delete object[name]
      Object.defineProperty(object, name, {
        value: held,
        writable: true,
        enumerable: true,
        configurable: true,
      })
    } else object[random() < 0.5 ? 'x' : 'y'] = dice
  }
}

/** What stands in the lines by name, as text; each line is taken apart by hand. */
function textsIn(lines: string): Map<string, string> {
  const texts = new Map<string, string>()
  for (const line of lines.slice(1, -1).split('\n')) {
    if (line === '') continue
    const end = /^[dD]"(?:[^"\\]|\\.)*"/.exec(line)![0].length
    texts.set(JSON.parse(line.slice(1, end)) as string, line.slice(end + 1))
  }
  return texts
}

class Oracle {
  readonly #serializer: Serializer
  values = new Map<string, unknown>()
  /** The text of each key as it was last saved. */
  saved = new Map<string, string>()

  constructor(serializer: Serializer) {
    this.#serializer = serializer
  }

  get now(): Map<string, string> {
    const texts = new Map<string, string>()
    for (const [name, value] of this.values) {
      const text = value === undefined ? undefined : (this.#serializer.stringify(value) as string | undefined)
      if (text !== undefined) texts.set(name, text)
    }
    return texts
  }

  get changed(): string[] {
    const { now, saved } = this
    return [...new Set([...now.keys(), ...saved.keys()])].filter((name) => now.get(name) !== saved.get(name))
  }

  save(): void {
    this.saved = this.now
  }

  /** As another request finds it. */
  load(): void {
    this.save()
    this.values = new Map([...this.saved].map(([name, text]) => [name, this.#serializer.parse(text)]))
  }
}

interface Tally {
  edits: number
  saves: number
  changed: number
}

/** One session through some requests; each edits, and saves once or twice. */
function play({ serializer, values }: Kit, random: () => number, tally: Tally): string | undefined {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const made = [...VALUES, ...values, ...(serializer === JSON ? [TO_JSON] : [])]
  const oracle = new Oracle(serializer)
  const { draft } = draftOn(undefined, serializer)
  const face = faceOf(draft.data) as Values
  for (let round = 0; round < 12; round++) {
    for (let edits = Math.floor(random() * 9); edits > 0; edits--) {
      tally.edits++
      edit(pick(KEYS), random())
    }
    const fault = compare(draft, oracle, tally)
    if (fault !== undefined) return fault
    if (random() < 0.5) oracle.save()
    else {
      oracle.load()
      draft.reset(draft.record)
    }
  }
  return undefined

  function edit(key: string, dice: number): void {
    if (dice < 0.4) {
      const value = pick(made)
      // Two values, so that neither sees what happens inside of the other.
      face[key] = value()
      oracle.values.set(key, value())
    } else if (dice < 0.55) {
      delete face[key]
      oracle.values.delete(key)
    } else if (dice < 0.6 && Object.hasOwn(face, key)) {
      const held = face[key]
      delete face[key]
      face[key] = held
    } else if (dice < 0.7) void face[key]
    else if (dice < 0.72) void { ...face }
    else {
      // The same change to the same kind of object on both sides.
      const [mine, theirs] = twins(random)
      changeInside(face[key], mine)
      changeInside(oracle.values.get(key), theirs)
    }
  }
}

/** Two sources of the same numbers. */
function twins(random: () => number): [() => number, () => number] {
  const seed = Math.floor(random() * 2 ** 31)
  return [seeded(seed), seeded(seed)]
}

function compare(draft: Draft, oracle: Oracle, tally: Tally): string | undefined {
  const changes = draft.changes()
  const { lines } = draft.apply(changes)
  const found = changes.lines.map(({ name }) => name).toSorted()
  const wanted = oracle.changed.toSorted()
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    return `changed are ${JSON.stringify(found)}, expected ${JSON.stringify(wanted)}`
  const { now } = oracle
  const stored = textsIn(lines)
  const names = [...new Set([...stored.keys(), ...now.keys()])]
  for (const name of names) {
    const line = lineOf(lines, 'd', name)
    const text = line === undefined ? undefined : textIn(line, name)
    if (text !== now.get(name)) return `${JSON.stringify(name)} is ${text}, expected ${now.get(name)}`
    if (
      line !== undefined &&
      (line.startsWith('D') ? JSON.parse(stored.get(name)!) : stored.get(name)) !== text
    )
      return `${JSON.stringify(name)} stands there otherwise than it is found`
  }
  draft.committed(recordOf(lines), changes)
  if (draft.changes().lines.length > 0) return 'something is left to be saved after a save'
  tally.saves++
  tally.changed += found.length
  return undefined
}

const SEED = Number(process.env['SEED'] ?? 1)
const EDITS = 15_000

for (const [what, kit] of Object.entries(KITS)) {
  test(`random edits, stored by ${what}, come to what a comparison of the whole would say`, (t) => {
    const random = seeded(SEED)
    const tally: Tally = { edits: 0, saves: 0, changed: 0 }
    while (tally.edits < EDITS) {
      const fault = play(kit, random, tally)
      t.is(fault, undefined, `SEED=${SEED}, after ${tally.edits} edits`)
      if (fault !== undefined) break
    }
    t.log(`${tally.edits} edits, ${tally.saves} saves of ${tally.changed} changed keys`)
  })
}
