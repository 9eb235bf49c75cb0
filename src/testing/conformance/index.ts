import assert from 'node:assert/strict'
import type { Store } from '../../stores/store.ts'
import { fakeClock } from '../fake-clock.ts'
import { basics } from './basics.ts'
import { concurrency } from './concurrency.ts'
import { conditions } from './conditions.ts'
import { expiry } from './expiry.ts'
import { faults } from './faults.ts'
import { hygiene } from './hygiene.ts'
import { hostileIds } from './ids.ts'
import { lifeCycle } from './lifecycle.ts'
import { leases } from './leases.ts'
import { locks } from './locks.ts'
import type { ConformanceCase, ConformanceOptions } from './options.ts'
import { processes } from './processes.ts'
import { sweeping } from './sweep.ts'
import { text } from './text.ts'
import { touches } from './touches.ts'
import { Trial } from './trial.ts'
import type { Definition, Need } from './trial.ts'
import { versions } from './versions.ts'

export type { ConformanceCase, ConformanceOptions, Fault, ProcessOptions } from './options.ts'

const PATIENCE = 60_000

/**
 * What every store must do, as cases for any test runner:
 *
 * ```ts
 * const cases = await storeConformance({ create: (clock) => new MyStore({ clock }) })
 * for (const { name, skip, run } of cases) if (skip === undefined) test(name, run)
 * for (const [reason, names] of skippedByReason(cases)) test.skip(`${names.length} cases: ${reason}`, () => {})
 * ```
 *
 * Resolves to the cases once `create` has made a store to ask for its capabilities, which decide what
 * applies: what a store claims is examined, and fails when it does not hold. Time is the suite's fake
 * clock: no case waits for a deadline. Rejects when `create` does.
 */
export async function storeConformance<S extends Store>(
  options: ConformanceOptions<S>,
): Promise<readonly ConformanceCase[]> {
  const sample = await options.create(fakeClock())
  try {
    const unmet = (need: Need): string | undefined => reasonAgainst(need, sample, options)
    return [...groups(options)].map(({ group, definition }) => ({
      name: `${group}: ${definition.name}`,
      skip: definition.needs?.map(unmet).find((reason) => reason !== undefined),
      run: () => runCase(definition, options),
    }))
  } finally {
    await sample.close?.()
    await options.dispose?.(sample)
  }
}

function* groups<S extends Store>(
  options: ConformanceOptions<S>,
): Generator<{ group: string; definition: Definition }> {
  const all: Record<string, readonly Definition[]> = {
    basics,
    'hostile ids': hostileIds,
    text,
    expiry,
    conditions,
    versions,
    touch: touches,
    concurrency,
    processes,
    locks: [...locks, ...leases],
    sweep: sweeping,
    faults: faults(options.faults ?? []),
    'life cycle': lifeCycle,
    hygiene,
  }
  for (const [group, definitions] of Object.entries(all)) {
    for (const definition of definitions) yield { group, definition }
  }
}

/** Why a case with this need does not apply; `undefined` when it does. */
function reasonAgainst<S extends Store>(
  need: Need,
  store: S,
  options: ConformanceOptions<S>,
): string | undefined {
  switch (need) {
    case 'sweep':
    case 'close':
      return store[need] === undefined ? `the store has no method '${need}'` : undefined
    case 'clock':
      return options.ownClock === true ? 'the store has a clock of its own' : undefined
    case 'reopen':
    case 'processes':
      return options[need] === undefined ? `no '${need}' given to the suite` : undefined
    default:
      return store.capabilities[need] ? undefined : `the store does not claim '${need}'`
  }
}

async function runCase<S extends Store>(
  definition: Definition,
  options: ConformanceOptions<S>,
): Promise<void> {
  const clock = fakeClock()
  const store = await options.create(clock)
  const trial = new Trial(store, clock, options)
  const patience = (options.patience ?? PATIENCE) * (definition.needs?.includes('processes') ? 2 : 1)
  try {
    await assertion(within(patience, definition.run(trial)))
  } catch (error) {
    await cleanUp(trial, options, store).catch(() => {})
    throw error
  }
  await assertion(cleanUp(trial, options, store))
}

async function cleanUp<S extends Store>(
  trial: Trial,
  options: ConformanceOptions<S>,
  store: S,
): Promise<void> {
  await trial.end()
  await store.close?.()
  await options.dispose?.(store)
}

/** Errors that a store should not have thrown become failed assertions too. */
async function assertion(running: Promise<void>): Promise<void> {
  try {
    await running
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    const failure = new assert.AssertionError({ message: `the store failed: ${String(error)}` })
    failure.cause = error
    throw failure
  }
}

async function within(patience: number, running: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `the case was not over after ${patience} ms`
    timer = setTimeout(() => reject(new assert.AssertionError({ message })), patience)
  })
  await Promise.race([running, late]).finally(() => clearTimeout(timer))
}
