import { isPromise } from '../maybe-promise.ts'
import { StoreUnavailableError } from '../index.ts'

type Callback = (error?: unknown, value?: unknown) => void

/** How to wait for the store of somebody else. */
export interface Patience {
  /** In milliseconds; `false`: for ever. */
  readonly timeout: number | false
}

/**
 * The answer of a store, by callback or by promise, whichever comes: the first answer counts, however often it
 * calls back, and one that never comes is an error.
 *
 * @throws StoreUnavailableError
 */
export function answer(
  operation: string,
  { timeout }: Patience,
  ask: (callback: Callback) => { readonly returned: unknown; readonly calls: boolean },
): Promise<unknown> {
  const outcome = operation === 'get' ? 'none' : 'unknown'
  const failed = (message: string, cause?: unknown): StoreUnavailableError =>
    new StoreUnavailableError(message, { outcome, cause })
  let timer: NodeJS.Timeout | undefined
  const answered = new Promise<unknown>((resolve, reject) => {
    const late = (): void => reject(failed(`The store did not answer ${operation} in ${String(timeout)} ms.`))
    if (timeout !== false) timer = setTimeout(late, timeout)
    const fail = (cause: unknown): void =>
      operation !== 'set' && isMissing(cause) ? resolve(undefined) : reject(cause)
    const callback: Callback = (error, value) => (error ? fail(error) : resolve(value))
    try {
      const { returned, calls } = ask(callback)
      if (isPromise(returned))
        // A store that also calls back says more by that than by an empty promise.
        returned.then((value: unknown) => (calls && value === undefined ? undefined : resolve(value)), fail)
      else if (!calls) resolve(returned)
    } catch (error) {
      fail(error)
    }
  })
  return answered
    .catch((error: unknown) => {
      if (error instanceof StoreUnavailableError || error instanceof SyntaxError) throw error
      throw failed(`The store failed in ${operation}.`, error)
    })
    .finally(() => clearTimeout(timer))
}

/** How stores that keep files say that nothing is there. */
const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT'
