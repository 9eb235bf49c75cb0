import { format } from 'node:util'
import { isError } from './failure.ts'

/**
 * Runs `use` with an error whose `headers` are what `lent` makes of the error's own, and takes them back.
 * The property does not show when the error is logged, and what is assigned to it meanwhile stays.
 */
export function lendHeaders(
  thrown: unknown,
  lent: (own: unknown) => unknown,
  use: (error: Error) => void,
): void {
  // Koa would make an error too, but too late to carry headers.
  const error: Error = isError(thrown) ? thrown : new Error(format('non-error thrown: %j', thrown))
  const before = Object.getOwnPropertyDescriptor(error, 'headers')
  let own: unknown = Reflect.get(error, 'headers')
  let lending = true
  let assigned = false
  const loan: PropertyDescriptor = {
    get: () => (lending ? lent(own) : own),
    set: (headers: unknown) => {
      own = headers
      assigned = true
    },
    enumerable: false,
    configurable: true,
  }
  if (!Reflect.defineProperty(error, 'headers', loan)) {
    use(standIn(error, loan))
    return
  }
  try {
    use(error)
  } finally {
    // Matters when somebody has frozen the error meanwhile: then the property cannot be taken back.
    lending = false
    if (before === undefined) Reflect.deleteProperty(error, 'headers')
    else Reflect.defineProperty(error, 'headers', before)
    if (assigned) Reflect.set(error, 'headers', own)
  }
}

/** For a frozen error: an object that inherits from it, and that Koa can write to. */
function standIn(error: Error, headers: PropertyDescriptor): Error {
  const derived: Error = Object.create(error, {
    headers,
    status: writable(Reflect.get(error, 'status')),
    // Koa recognises an error of another realm by this alone.
    [Symbol.toStringTag]: writable('Error'),
  })
  return derived
}

const writable = (value: unknown): PropertyDescriptor => ({ value, writable: true, configurable: true })
