import { Descriptors } from './descriptors.ts'
import { nextSerial, tagOf } from './owner.ts'
import type { Settings } from './settings.ts'
import { Turns } from './turns.ts'

/** What the operations on one folder of records share inside a process. */
export interface Disk {
  /** Absolute path. */
  readonly root: string
  readonly settings: Settings
  readonly descriptors: Descriptors
  readonly turns: Turns
}

export function diskOf(root: string, settings: Settings): Disk {
  // Who we are is read from files: now, while there are descriptors.
  tagOf(nextSerial())
  const descriptors = new Descriptors(settings.maxOpen, settings.limits.patience)
  return { root, settings, descriptors, turns: new Turns() }
}
