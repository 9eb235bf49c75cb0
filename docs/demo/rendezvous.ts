/** Where requests wait for each other, so that a race is the same race each time, and no sleep decides it. */
export class Rendezvous {
  readonly #places = new Map<string, Place>()

  /** Waits until so many have come to the place; the next ones begin a new round. */
  async meet(name: string, count: number): Promise<void> {
    const place = this.#at(name)
    place.here += 1
    if (place.here < count) return place.opened
    this.open(name)
  }

  /** Waits at the place until somebody opens it. */
  async pass(name: string): Promise<void> {
    const place = this.#at(name)
    place.reach()
    await place.opened
  }

  /** Resolves when somebody waits at the place. */
  reached(name: string): Promise<void> {
    return this.#at(name).reached
  }

  open(name: string): void {
    this.#at(name).open()
    this.#places.delete(name)
  }

  #at(name: string): Place {
    let place = this.#places.get(name)
    if (!place) this.#places.set(name, (place = new Place()))
    return place
  }
}

class Place {
  here = 0
  readonly open: () => void
  readonly reach: () => void
  readonly opened: Promise<void>
  readonly reached: Promise<void>

  constructor() {
    let open!: () => void
    let reach!: () => void
    this.opened = new Promise((resolve) => (open = resolve))
    this.reached = new Promise((resolve) => (reach = resolve))
    this.open = open
    this.reach = reach
  }
}
