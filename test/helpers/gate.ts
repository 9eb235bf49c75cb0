/** A promise that is resolved from outside. */
export interface Gate<T = void> {
  readonly opened: Promise<T>
  readonly open: (value: T) => void
}

export function gate<T = void>(): Gate<T> {
  let open: Gate<T>['open'] | undefined
  const opened = new Promise<T>((resolve) => (open = resolve))
  return { opened, open: open! }
}
