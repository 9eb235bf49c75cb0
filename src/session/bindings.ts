/** What a new record is bound to. */
export interface Bindings {
  boundAddress?: string
  boundUserAgent?: string
}

/** What says what a new record is bound to, and which of it the user has let go. */
export class BindingRules {
  readonly #rules: ((bindings: Bindings) => void)[] = []
  #released: (keyof Bindings)[] = []

  add(rule: (bindings: Bindings) => void): void {
    this.#rules.push(rule)
  }

  /** The next record is not bound by this. */
  release(name: keyof Bindings): void {
    this.#released.push(name)
  }

  /** What was let go concerned a session that has ended. */
  reset(): void {
    this.#released = []
  }

  draw(): Bindings {
    const bindings: Bindings = {}
    for (const rule of this.#rules) rule(bindings)
    for (const name of this.#released) delete bindings[name]
    return bindings
  }
}
