import { ConflictError, type Stage, stage } from '../index.ts'
import { emitSessionEvent, refuseSession, reviseData } from '../stages.ts'
import { type MigrationsOptions, planMigrations } from './options.ts'
import { migrate } from './steps.ts'

export type { MigrationsOptions, MigrationStep } from './options.ts'

/** The name of the stage, and of the annotation that says which version the data of a record have. */
const NAME = 'migrations'
const NEWER = 'data of a newer version'

/**
 * A deploy that changes the session's data logs nobody out: data of an older version are brought up when they are first
 * looked at. That alone is not a write; when the session is saved, the new form is. Data without a version have version 1.
 * Put the stage right after `persist`:
 *
 * `session(app, { stages: (defaults) => defaults.after('persist', migrations({ version: 2, steps: { 2: … } })) })`
 *
 * Reading data whose step fails throws `ERR_SESSION_MIGRATION`; the record stays as it was.
 *
 * @throws SessionConfigError for a version that is no positive integer, and for steps that are not exactly those from 2
 * to `version`.
 */
export function migrations(options: MigrationsOptions): Stage<'migrations'> {
  const { version, steps, newer } = planMigrations(options)
  return stage(NAME, function* (_ctx, session) {
    if (newer === 'refuse' && versionOf(session.annotations[NAME]) > version) {
      emitSessionEvent(session, 'session:invalid', { reason: NEWER })
      refuseSession(session, NEWER)
      return
    }
    reviseData(session, {
      annotation: NAME,
      revise(mark, read) {
        const from = versionOf(mark)
        if (from > version && newer === 'refuse') throw overtaken()
        return from < version ? { data: migrate(read(), steps, from, version), mark: version } : undefined
      },
    })
    session.onCreate(() => {
      session.annotations[NAME] = version
    })
  })
}

/** What is no version was not written by this stage. */
function versionOf(mark: unknown): number {
  return Number.isInteger(mark) && (mark as number) >= 1 ? (mark as number) : 1
}

function overtaken(): ConflictError {
  return new ConflictError(
    'Another process has brought the session to a newer version of its data meanwhile, so nothing of this request was saved.',
  )
}
