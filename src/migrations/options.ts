import { SessionConfigError } from '../index.ts'

/**
 * One step: changes the data it is given, or returns others. It is run for each look at data of an older version, so it
 * gives the same for the same data, and does nothing else.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the data of old versions have types of their own
export type MigrationStep = (data: any) => object | void

/** What `migrations` takes. */
export interface MigrationsOptions {
  /** The version of the data that this code works with, a whole number from 1. */
  readonly version: number
  /** For each version from 2 on, what makes it of the data of the version before. */
  readonly steps: Readonly<Record<number, MigrationStep>>
  /**
   * What becomes of data of a newer version, as after a roll-back, or while a fleet is updated. Default `'refuse'`: this
   * request has no session, and nothing is touched. `'show'`: they are used as they are, which suits versions that only add.
   */
  readonly newer?: 'refuse' | 'show' | undefined
}

/** The options with every default filled in. */
export interface MigrationsPlan {
  readonly version: number
  readonly steps: Readonly<Record<number, MigrationStep>>
  readonly newer: 'refuse' | 'show'
}

const OPTIONS: readonly string[] = ['version', 'steps', 'newer']

/** @throws SessionConfigError */
export function planMigrations(options: MigrationsOptions): MigrationsPlan {
  if (typeof options !== 'object' || options === null) throw wrong('the options', 'an object', options)
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined) {
    throw new SessionConfigError(
      `Unknown option 'migrations.${unknown.slice(0, 60)}'. Expected one of ${OPTIONS.join(', ')}.`,
    )
  }
  const { version, steps, newer = 'refuse' } = options
  if (!Number.isSafeInteger(version) || version < 1)
    throw wrong('version', 'a whole number of at least 1', version)
  if (newer !== 'refuse' && newer !== 'show') throw wrong('newer', "'refuse' or 'show'", newer)
  if (typeof steps !== 'object' || steps === null)
    throw wrong('steps', 'an object such as { 2: (data) => … }', steps)
  checkSteps(steps, version)
  return { version, steps: { ...steps }, newer }
}

/** Exactly one function for each version from 2 on. */
function checkSteps(steps: Readonly<Record<string, unknown>>, version: number): void {
  const stray = Object.keys(steps).find((name) => !/^[1-9]\d*$/.test(name) || !between(Number(name), version))
  if (stray !== undefined)
    throw wrong('steps', `steps to the versions 2 to ${version}`, `a step '${stray.slice(0, 60)}'`)
  for (let to = 2; to <= version; to += 1) {
    const step = Object.hasOwn(steps, to) ? steps[to] : undefined
    if (typeof step !== 'function') {
      throw wrong(`steps[${to}]`, `a function, as version ${version} needs every step from 2 on`, step)
    }
  }
}

const between = (to: number, version: number): boolean => to >= 2 && to <= version

function wrong(option: string, expected: string, got: unknown): SessionConfigError {
  const shown = typeof got === 'string' ? got : (JSON.stringify(got) ?? String(got))
  return new SessionConfigError(
    `Expected ${option} of migrations to be ${expected}, got ${shown.slice(0, 80)}.`,
  )
}
