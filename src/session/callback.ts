import type { NodeCallback } from './members.ts'

/** Hands the outcome to the callback, if there is one; then nothing rejects. */
export function withCallback(work: Promise<void>, callback: NodeCallback | undefined): Promise<void> {
  if (!callback) return work
  // Called outside of the promise: what the callback throws must not look like a failure of the verb.
  return work.then(
    () => process.nextTick(callback),
    (error: unknown) => process.nextTick(callback, error),
  )
}

/** Sorts out `(callback)`, `(argument)` and `(argument, callback)`. */
export function splitCallback<T>(
  argument: T | NodeCallback | undefined,
  callback: NodeCallback | undefined,
): [T | undefined, NodeCallback | undefined] {
  return typeof argument === 'function' ? [undefined, argument as NodeCallback] : [argument, callback]
}
