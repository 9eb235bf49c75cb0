/** A value, or the promise of a value: code that can answer at once may do so. */
export type MaybePromise<T> = T | Promise<T>

/** Tells what has to be awaited; awaiting a plain value would cost a turn of the event loop. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function'
}

/** Goes on with the value: at once, or when the promise of it is kept. */
export function chain<T, Next>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<Next>,
): MaybePromise<Next> {
  // oxlint-disable-next-line promise/no-callback-in-promise -- `next` is what comes next, not a callback
  return isPromise(value) ? value.then(next) : next(value)
}

/** Timers take no longer delay, in milliseconds. */
export const LONGEST_TIMER = 2_147_483_647

/** What the promise is kept with, if that is within so many milliseconds. */
export async function inTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER), undefined)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
