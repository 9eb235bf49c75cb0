import type { Context } from 'koa'
import { SessionConfigError } from '../errors.ts'
import type { AllowedData, SessionData } from '../session/members.ts'
import type { Session } from '../session/session.ts'
import { describe } from '../checks/messages.ts'

/** What a stage returns before its `yield` to go no further in: the handler is skipped, the stages already entered unwind. */
export const stop: unique symbol = Symbol('koa-session-pipeline.stop')

type Outcome = void | typeof stop

/**
 * One behaviour, as a generator: what it does on the way in, one bare `yield`, what it does on the
 * way out. An error of the handler or of a stage further in is thrown at the `yield`. A plain
 * `function*` will do unless the stage always waits: what it has to wait for now and then it yields, as
 * often as it likes, and gets the value or the error back at that `yield`.
 */
export type Hook<Data = SessionData> = (
  ctx: Context,
  session: Session<Data>,
) => AsyncGenerator<void, Outcome, void> | Generator<void | PromiseLike<unknown>, Outcome, unknown>

/** When a stage is not run. */
export interface StageOptions {
  /** Switched off by its options: it only marks its place in the list, and is not run. */
  readonly off?: boolean
  /** It compares or answers a client, so `sessions.open({ id })`, where nobody has asked, does not run it. */
  readonly needsClient?: boolean
}

/** A hook with the name by which pipelines, traces and errors know it. */
export interface Stage<Name extends string = string> extends StageOptions {
  readonly name: Name
  readonly hook: Hook
  readonly off: boolean
}

const GENERATOR_FUNCTION = /^\[object (?:Async)?GeneratorFunction\]$/
const PLAIN_FUNCTION = /^(?:async\s*)?(?:\(|[\w$]+\s*=>)|^class\b/

/**
 * Names a hook. Third parties prefix their names with `package:`; bare names are the built-ins' and
 * the application's. `stage<MyData>(name, hook)` types `session.data`; add the name, as in
 * `stage<MyData, 'audit'>('audit', hook)`, to have pipelines know it in their types.
 *
 * @throws SessionConfigError when the name is empty or the hook is not a generator function.
 */
export function stage<Data extends AllowedData = never, Name extends string = string>(
  name: [Data] extends [never] ? never : Name,
  hook: Hook<NoInfer<Data>>,
  options?: StageOptions,
): Stage<Name>
export function stage<const Name extends string>(name: Name, hook: Hook, options?: StageOptions): Stage<Name>
export function stage(name: string, hook: Hook, options?: StageOptions): Stage {
  if (typeof name !== 'string' || name === '') {
    throw new SessionConfigError(
      `Expected the name of a stage to be a non-empty string, got ${describe(name)}.`,
    )
  }
  if (typeof hook !== 'function' || !mayGenerate(hook)) {
    throw new SessionConfigError(
      `Expected the hook of stage '${name}' to be a generator function ` +
        `(async function* or function*), got ${typeof hook === 'function' ? 'a plain function; is the * missing?' : typeof hook}.`,
    )
  }
  return Object.freeze({ name, hook, off: options?.off === true, needsClient: options?.needsClient === true })
}

// A generator compiled for an old target is a plain function, so only what can never be one is refused
// here; the runner looks at what the others return.
function mayGenerate(hook: Hook): boolean {
  const kind = Object.prototype.toString.call(hook)
  if (GENERATOR_FUNCTION.test(kind)) return true
  return kind === '[object Function]' && !PLAIN_FUNCTION.test(Function.prototype.toString.call(hook))
}
