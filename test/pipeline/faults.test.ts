import test from 'ava'
import type { Context } from 'koa'
import { type Hook, type Session, type Stage, stage, stop } from '../../src/index.ts'
import { run } from '../../src/pipeline/run.ts'

const FAULTS = [
  'none',
  'returns early',
  'stops',
  'throws before',
  'throws after',
  'swallows',
  'translates',
  'yields twice',
  'yields in finally',
  'yields 5 before',
  'returns 5',
] as const
type Fault = (typeof FAULTS)[number]
type Note = (what: string) => unknown
type Middleware = (next: () => Promise<void>) => Promise<void>

const syncHook = (name: string, fault: Fault, note: Note): Hook =>
  function* () {
    note(`${name} entered`)
    try {
      if (fault === 'throws before') throw new Error(`${name} refused`)
      if (fault === 'returns early') return undefined
      if (fault === 'stops') return stop
      if (fault === 'yields 5 before') yield 5 as unknown as undefined
      if (fault === 'returns 5') return 5 as unknown as undefined
      try {
        yield
      } catch (cause) {
        note(`${name} caught ${(cause as Error).message}`)
        if (fault === 'translates') throw new Error(`${name} translated`, { cause })
        if (fault !== 'swallows') throw cause
      } finally {
        if (fault === 'yields in finally') yield
      }
      note(`${name} back`)
      if (fault === 'throws after') throw new Error(`${name} too late`)
      if (fault === 'yields twice') yield
      return undefined
    } finally {
      note(`${name} finished`)
    }
  }

const asyncHook = (name: string, fault: Fault, note: Note): Hook =>
  async function* () {
    await Promise.resolve()
    note(`${name} entered`)
    try {
      if (fault === 'throws before') throw new Error(`${name} refused`)
      if (fault === 'returns early') return undefined
      if (fault === 'stops') return stop
      if (fault === 'yields 5 before') yield 5 as unknown as undefined
      if (fault === 'returns 5') return 5 as unknown as undefined
      try {
        yield
      } catch (cause) {
        note(`${name} caught ${(cause as Error).message}`)
        if (fault === 'translates') throw new Error(`${name} translated`, { cause })
        if (fault !== 'swallows') throw cause
      } finally {
        if (fault === 'yields in finally') yield
      }
      note(`${name} back`)
      if (fault === 'throws after') throw new Error(`${name} too late`)
      if (fault === 'yields twice') yield
      return undefined
    } finally {
      await Promise.resolve()
      note(`${name} finished`)
    }
  }

/** Plain hooks that wait wherever an async one would. */
const waitingHook = (name: string, fault: Fault, note: Note): Hook =>
  function* () {
    yield Promise.resolve()
    note(`${name} entered`)
    try {
      yield Promise.resolve()
      if (fault === 'throws before') yield Promise.reject(new Error(`${name} refused`))
      if (fault === 'returns early') return undefined
      if (fault === 'stops') return stop
      if (fault === 'yields 5 before') yield 5 as unknown as undefined
      if (fault === 'returns 5') return 5 as unknown as undefined
      try {
        yield
      } catch (cause) {
        yield Promise.resolve()
        note(`${name} caught ${(cause as Error).message}`)
        if (fault === 'translates') yield Promise.reject(new Error(`${name} translated`, { cause }))
        if (fault !== 'swallows') throw cause
      } finally {
        yield Promise.resolve()
        if (fault === 'yields in finally') yield
      }
      note(`${name} back`)
      yield Promise.resolve()
      if (fault === 'throws after') yield Promise.reject(new Error(`${name} too late`))
      if (fault === 'yields twice') yield
      return undefined
    } finally {
      yield Promise.resolve()
      note(`${name} finished`)
    }
  }

/** The same behaviour as Koa middleware: what a stage promises is what `await next()` does. */
const middleware =
  (name: string, fault: Fault, note: Note): Middleware =>
  async (next) => {
    note(`${name} entered`)
    try {
      if (fault === 'throws before') throw new Error(`${name} refused`)
      if (fault === 'stops') return
      if (fault === 'yields 5 before') throw invalid(name, 'yielded')
      if (fault === 'returns 5') throw invalid(name, 'returned')
      if (fault !== 'returns early') await around(name, fault, note, next)
    } finally {
      note(`${name} finished`)
    }
    // A stage that returns early still goes on inward, where middleware that forgets next() does not.
    if (fault === 'returns early') await next()
  }

async function around(name: string, fault: Fault, note: Note, next: () => Promise<void>): Promise<void> {
  try {
    await next()
  } catch (cause) {
    note(`${name} caught ${(cause as Error).message}`)
    if (fault === 'yields in finally') throw yieldedTwice(name)
    if (fault === 'translates') throw new Error(`${name} translated`, { cause })
    if (fault !== 'swallows') throw cause
  }
  if (fault === 'yields in finally') throw yieldedTwice(name)
  note(`${name} back`)
  if (fault === 'throws after') throw new Error(`${name} too late`)
  if (fault === 'yields twice') throw yieldedTwice(name)
}

const yieldedTwice = (name: string): Error =>
  new Error(
    `Stage '${name}' yielded twice. A stage yields once: before it is the way in, after it the way out.`,
  )

const invalid = (name: string, did: 'returned' | 'yielded'): Error =>
  new Error(
    `Stage '${name}' ${did} a number on the way in, so the handler was not run. ${
      did === 'yielded'
        ? 'A bare yield goes on inward; to skip the handler, return stop.'
        : 'To skip the handler, return stop; to go on inward, return nothing.'
    }`,
  )

interface Outcome {
  readonly notes: string[]
  readonly thrown: string | undefined
}

async function outcome(act: (note: Note) => Promise<unknown>): Promise<Outcome> {
  const notes: string[] = []
  let thrown: string | undefined
  try {
    await act((what) => notes.push(what))
  } catch (error) {
    thrown = (error as Error).message
  }
  return { notes, thrown }
}

const handler = (note: Note, fails: boolean) => async (): Promise<void> => {
  note('handler')
  if (fails) throw new Error('handler failed')
}

const NAMES = ['outer', 'middle', 'inner'] as const
const combinations: readonly (readonly Fault[])[] = FAULTS.flatMap((outer) =>
  FAULTS.flatMap((middle) => FAULTS.map((inner) => [outer, middle, inner])),
)
const KINDS: Readonly<Record<string, readonly (typeof syncHook)[]>> = {
  sync: [syncHook, syncHook, syncHook],
  async: [asyncHook, asyncHook, asyncHook],
  'sync among async': [asyncHook, syncHook, asyncHook],
  'async among sync': [syncHook, asyncHook, syncHook],
  waiting: [waitingHook, waitingHook, waitingHook],
  'sync, waiting and async': [syncHook, waitingHook, asyncHook],
  'waiting among sync': [syncHook, waitingHook, syncHook],
}

const stagesOf = (kinds: readonly (typeof syncHook)[], faults: readonly Fault[], note: Note): Stage[] =>
  NAMES.map((name, index) => stage(name, kinds[index]!(name, faults[index]!, note)))

const runStages = (stages: readonly Stage[], next: () => Promise<unknown>): Promise<void> =>
  run(stages, {} as Context, {} as Session, next)

for (const [kind, hooks] of Object.entries(KINDS))
  for (const fails of [false, true]) {
    const told = `${kind} hooks around a handler that ${fails ? 'throws' : 'answers'}`

    test(`whatever the stages do, ${told} act as nested await next() does`, async (t) => {
      for (const faults of combinations) {
        const ours = await outcome((note) => runStages(stagesOf(hooks, faults, note), handler(note, fails)))
        const koa = await outcome((note) =>
          NAMES.reduceRight<() => Promise<void>>(
            (next, name, index) => {
              const one = middleware(name, faults[index]!, note)
              return () => one(next)
            },
            handler(note, fails),
          )(),
        )
        if (JSON.stringify(ours) === JSON.stringify(koa)) continue
        t.deepEqual(ours, koa, faults.join(', '))
      }
      t.pass()
    })

    test(`whatever the stages do, ${told} are finished exactly once each`, async (t) => {
      for (const faults of combinations) {
        const { notes } = await outcome((note) =>
          runStages(stagesOf(hooks, faults, note), handler(note, fails)),
        )
        const count = (what: string): number => notes.filter((noted) => noted === what).length
        for (const name of NAMES) {
          const [entered, finished] = [count(`${name} entered`), count(`${name} finished`)]
          if (entered <= 1 && finished === entered) continue
          t.fail(`${name} was entered ${entered} and finished ${finished} times: ${faults.join(', ')}`)
        }
      }
      t.pass()
    })
  }
