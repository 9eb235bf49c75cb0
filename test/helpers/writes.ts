/** A write in code that is not strict, where one that is turned down without an error goes unnoticed. */
export const writeSloppily: (object: object) => void =
  // oxlint-disable-next-line typescript/no-implied-eval -- modules are strict; this is how to have code that is not
  new Function('object', "object.late = 'late'") as (object: object) => void

/** The code of what is thrown, or the name of an error that has none. */
export function codeOf(act: () => unknown): string {
  try {
    act()
    return 'nothing was thrown'
  } catch (error) {
    const { code, name } = error as { code?: string; name: string }
    return code ?? name
  }
}

type Session = Record<string, unknown>

/** The ways to write to an object, for sessions that cannot be written. */
export const WRITES: Readonly<Record<string, (object: Session) => unknown>> = {
  assigning: (object) => (object['late'] = 'late'),
  'assigning in sloppy code': writeSloppily,
  deleting: (object) => delete object['user'],
  defining: (object) => Object.defineProperty(object, 'late', { value: 'late' }),
  'Object.assign': (object) => Object.assign(object, { late: 'late' }),
}

/** What each way to write to the object throws. */
export function codesOfWrites(object: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(WRITES).map(([way, write]) => [way, codeOf(() => write(object as Session))]),
  )
}

/** What is thrown by a session that cannot be written any more, or not in this request. */
export const UNAVAILABLE: Record<string, string> = Object.fromEntries(
  Object.keys(WRITES).map((way) => [way, 'ERR_SESSION_UNAVAILABLE']),
)
