import type { Store } from '../../../src/stores/store.ts'
import type { ConformanceOptions, FakeClock } from '../../../src/testing/index.ts'
import { NaiveStore } from '../naive-store.ts'

/** A store that is broken in one way, and the cases that must find it out. */
export interface Broken {
  readonly how: string
  readonly options: ConformanceOptions
  readonly fails: readonly string[]
}

/** Stores of a class that breaks one of the methods it inherits. */
export const broken = (how: string, Kind: new (clock: FakeClock) => Store, ...fails: string[]): Broken => ({
  how,
  options: { create: (clock) => new Kind(clock) },
  fails,
})

/** Keeps something else than it was given. */
export function altering(
  how: string,
  alter: (data: string, expiresAt: number, now: number) => readonly [string, number],
  ...fails: string[]
): Broken {
  return broken(
    how,
    class extends NaiveStore {
      override set(...[id, data, expiresAt, when]: Parameters<Store['set']>): ReturnType<Store['set']> {
        return super.set(id, ...alter(data, expiresAt, this.clock()), when)
      }
    },
    ...fails,
  )
}

/** Lets other work run so many times. */
export async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => void setImmediate(resolve))
}
