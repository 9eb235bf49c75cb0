/** Advice for the author of an application is given in development only. */
export const DEVELOPMENT: boolean = process.env['NODE_ENV'] !== 'production'

const MOST = 20
const given = new Map<string, Set<string>>()

/** Warns through `process.emitWarning`, once for each `about`, and no more than twenty times for one code. */
export function warnOnce(code: string, message: string, about = ''): void {
  const before = given.get(code) ?? new Set()
  if (before.has(about) || before.size >= MOST) return
  given.set(code, before.add(about))
  process.emitWarning(message, { type: 'SessionWarning', code })
}
