/** Thrown when the deadline is over. */
export const LATE: Error = new Error('The deadline is over.')

/** The result, or what `late` makes when it is not there by the deadline, a time of `performance.now()`. */
export function within<T>(deadline: number, result: Promise<T>, late: () => Error = () => LATE): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(late())
    // After a moment in which this process did other work the result may be there already: look before giving up.
    const timer = setTimeout(() => setImmediate(giveUp), Math.max(0, deadline - performance.now()))
    // What comes later is heard by nobody.
    result.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
