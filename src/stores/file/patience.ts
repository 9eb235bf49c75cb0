/** Resolves after that many milliseconds; `keep: false` does not keep the process alive. */
export function pause(ms: number, keep = true): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    if (!keep) timer.unref()
  })
}

/** Delays that double from 1 to 16 ms, each drawn between half of it and all. */
export class Backoff {
  #delay = 1

  next(): number {
    const delay = this.#delay
    this.#delay = Math.min(delay * 2, 16)
    return delay * (0.5 + Math.random() / 2)
  }
}

/** Runs the task again while it fails in a way that passes, for so many milliseconds at most. */
export async function patiently<T>(
  task: () => T | Promise<T>,
  passes: (error: unknown) => boolean,
  limit: number,
): Promise<T> {
  const deadline = performance.now() + limit
  const backoff = new Backoff()
  for (;;) {
    try {
      return await task()
    } catch (error) {
      if (!passes(error) || performance.now() >= deadline) throw error
    }
    await pause(backoff.next())
  }
}
