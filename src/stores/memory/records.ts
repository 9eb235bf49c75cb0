import { Buffer } from 'node:buffer'
import type { Stored } from '../store.ts'
import { NONE, SlotIndex } from './slots.ts'
import { Texts } from './texts.ts'

/**
 * A table of at most `max` records in columns: a record is a slot number, not an object, which takes
 * a third less memory and leaves the garbage collector next to nothing to trace.
 */
export class Records {
  readonly #max: number
  readonly #index: SlotIndex
  /** The first of the slots given back, which are used before fresh ones; each holds the next as its version. */
  #free: number = NONE
  #fresh = 0
  readonly #data = new Texts()
  readonly #versions: Float64Array
  readonly #deadlines: Float64Array
  /** One count for all records: a version never comes back, not even for an id that was deleted. */
  #lastVersion = 0

  constructor(max: number) {
    this.#max = max
    this.#index = new SlotIndex(max)
    this.#versions = new Float64Array(max)
    this.#deadlines = new Float64Array(max)
  }

  get size(): number {
    return this.#index.size
  }

  find(id: string): number {
    return this.#index.find(id)
  }

  /** A slot for a new id; `NONE` when the table is full. */
  add(id: string): number {
    const slot = this.#take()
    if (slot === NONE) return NONE
    this.#index.add(id, slot)
    return slot
  }

  remove(slot: number): void {
    this.#index.remove(slot)
    this.#data.set(slot, '')
    this.#versions[slot] = this.#free
    this.#free = slot
  }

  read(slot: number): Stored {
    return { data: this.#data.get(slot), version: this.version(slot), expiresAt: this.#deadlines[slot]! }
  }

  /** Returns the new version. */
  write(slot: number, data: string, expiresAt: number): string {
    this.#data.set(slot, flat(data))
    this.#deadlines[slot] = expiresAt
    this.#lastVersion += 1
    this.#versions[slot] = this.#lastVersion
    return String(this.#lastVersion)
  }

  version(slot: number): string {
    return String(this.#versions[slot])
  }

  deadline(slot: number): number {
    return this.#deadlines[slot]!
  }

  extend(slot: number, expiresAt: number): void {
    if (expiresAt > this.#deadlines[slot]!) this.#deadlines[slot] = expiresAt
  }

  clear(): void {
    this.#index.clear()
    this.#data.clear()
    this.#free = NONE
    this.#fresh = 0
  }

  #take(): number {
    const slot = this.#free
    if (slot !== NONE) this.#free = this.#versions[slot]!
    else if (this.#fresh < this.#max) return this.#fresh++
    return slot
  }
}

/** The same text. Measuring it makes every engine join a concatenation for good and drop its parts. */
function flat(text: string): string {
  return Buffer.byteLength(text) === 0 ? '' : text
}
