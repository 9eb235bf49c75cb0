/** Thrown when the deadline is over. */
export const LATE: Error = new Error('The deadline is over.')

/** The result, or `LATE` when it is not there by the deadline, a time of `performance.now()`. */
export async function within<T>(deadline: number, result: Promise<T>): Promise<T> {
  // Nobody may be there to hear of a failure that comes later.
  result.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(LATE), Math.max(0, deadline - performance.now()))
  })
  return Promise.race([result, late]).finally(() => clearTimeout(timer))
}
