/** Something that one side of a request tells the other. */
export class Signal {
  readonly given: Promise<void>
  readonly give: () => void

  constructor() {
    const { promise, resolve } = withResolvers()
    this.given = promise
    this.give = resolve
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: (() => void) | undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve: resolve! }
}
