import { NONE } from './slots.ts'

/** One bucket a second, a little over an hour a turn; longer deadlines just go round more often. */
const TICK = 1_000
const BUCKETS = 4_096

/** What the wheel asks its owner about a slot. */
export interface Deadlines {
  /** When the slot is due, in milliseconds. May move later without telling the wheel. */
  due(slot: number): number
  /** Called for a slot that is due and has left the wheel. */
  expire(slot: number): void
}

/**
 * Finds what is due without looking at what is not: a timing wheel, whose buckets are doubly linked
 * lists in two flat arrays. A slot whose deadline moved later stays where it is, and is put where it
 * belongs when its old bucket comes up.
 */
export class Wheel {
  readonly #deadlines: Deadlines
  readonly #heads: Int32Array = new Int32Array(BUCKETS).fill(NONE)
  readonly #next: Int32Array
  /** The slot before; for the first of a bucket, `~bucket`. */
  readonly #previous: Int32Array
  /** Nothing is due in the seconds before this one. */
  #cursor = 0
  /** Where to go on inside the bucket of the cursor. */
  #resume: number = NONE

  constructor(max: number, now: number, deadlines: Deadlines) {
    this.#next = new Int32Array(max)
    this.#previous = new Int32Array(max)
    this.#deadlines = deadlines
    this.#seek(tickOf(now))
  }

  add(slot: number): void {
    const bucket = this.#bucketOf(slot)
    const head = this.#heads[bucket]!
    this.#next[slot] = head
    this.#previous[slot] = ~bucket
    if (head !== NONE) this.#previous[head] = slot
    this.#heads[bucket] = slot
    // What joins the bucket that is being looked at must not be missed.
    if (bucket === this.#cursor % BUCKETS) this.#resume = slot
  }

  remove(slot: number): void {
    const next = this.#next[slot]!
    const previous = this.#previous[slot]!
    if (previous < 0) this.#heads[~previous] = next
    else this.#next[previous] = next
    if (next !== NONE) this.#previous[next] = previous
    if (this.#resume === slot) this.#resume = next
  }

  /** For a deadline that has moved. */
  move(slot: number): void {
    this.remove(slot)
    this.add(slot)
  }

  /**
   * Expires what is due at `now`, looking at no more than `work` slots and buckets; the next call goes
   * on from there. `true`: nothing due is left, up to the second that is running, or with
   * `thorough` up to `now` itself.
   */
  advance(now: number, work: number, thorough = false): boolean {
    const until = tickOf(now)
    if (until < this.#cursor) this.#seek(until)
    else if (until - this.#cursor > BUCKETS) this.#seek(until - BUCKETS)
    const end = thorough ? until + 1 : until
    for (let left = work; this.#cursor < end; left -= 1) {
      if (left <= 0) return false
      const slot = this.#resume
      if (slot !== NONE) this.#look(slot, now)
      else if (this.#cursor < until) this.#seek(this.#cursor + 1)
      else {
        this.#seek(until)
        return true
      }
    }
    return true
  }

  #look(slot: number, now: number): void {
    this.#resume = this.#next[slot]!
    if (this.#deadlines.due(slot) <= now) {
      this.remove(slot)
      this.#deadlines.expire(slot)
    } else if (this.#bucketOf(slot) !== this.#cursor % BUCKETS) {
      this.move(slot)
    }
  }

  #seek(tick: number): void {
    this.#cursor = tick
    this.#resume = this.#heads[tick % BUCKETS]!
  }

  /** What is overdue goes where the cursor is, and so does what is never due: it is looked at once a turn. */
  #bucketOf(slot: number): number {
    const tick = tickOf(this.#deadlines.due(slot))
    return (tick > this.#cursor && tick < Infinity ? tick : this.#cursor) % BUCKETS
  }
}

/** Never negative: clocks before 1970 share the first second. */
const tickOf = (time: number): number => Math.max(0, Math.floor(time / TICK))
