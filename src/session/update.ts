import { type Changes, Draft, hasChanges } from '../draft/draft.ts'
import { faceOf } from '../draft/face.ts'
import type { Owner } from '../draft/fields.ts'
import type { Change } from '../draft/lines.ts'
import { merge } from '../draft/merge.ts'
import type { Revision } from '../draft/revision.ts'
import type { Serializer } from '../draft/serializer.ts'
import { headersLeft } from '../http/response.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import { isGone, type Records, type Written } from '../persistence/records.ts'
import { Retry } from '../persistence/retry.ts'
import type { SessionRecord } from '../record.ts'
import { headersSent, updateIsOver } from './guards.ts'
import type { Life } from './life.ts'
import { sessionGone } from './loss.ts'
import { begin, overtake } from './transitions.ts'
import { runUpdate } from './within-update.ts'
import { warnOfReturned } from './update-result.ts'
import { insert } from './writing.ts'

/** Changes the newest stored data, again when others were faster, and shows the result in this request. */
export async function updateRecord<Result>(
  life: Life,
  records: Records,
  change: (data: object) => MaybePromise<Result>,
): Promise<Result> {
  const { draft } = life
  let { record } = draft
  // Nothing of it shows in a session that has taken the place of this one meanwhile.
  const show = (newer: SessionRecord, yielding?: readonly Change[]): void => {
    if (life.draft === draft) showRecord(life, newer, yielding)
  }
  for (const retry = new Retry(); ; await retry.next(life.credential.id)) {
    const copy = new Copy(life, record)
    const result = await copy.change(change)
    const changes = copy.draft.changes()
    if (!hasChanges(changes)) {
      if (copy.draft.tick === 0) warnOfReturned(result, copy.draft.data.face!)
      if (record && record !== draft.record) show(record)
      return result
    }
    const written = await store(life, records, copy.draft, changes, record)
    if ('done' in written) {
      show(written.done, changes.lines)
      if (!record) life.emit('session:created')
      return result
    }
    if (isGone(written.instead)) {
      overtake(life, life.credential.id, written.instead)
      throw sessionGone(life.credential.id)
    }
    record = written.instead
  }
}

/** Goes on with a record that this request has not written, keeping unsaved changes save those that yield. */
export function showRecord(life: Life, record: SessionRecord, yielding: readonly Change[] = []): void {
  const { draft } = life
  for (const { kind, name } of yielding) if (kind === 'd') draft.data.forget(name)
  const changes = draft.changes()
  const { resolvers } = life.persistence!
  const { lines, conflicts } = draft.apply(changes, record, resolvers)
  draft.rebase(record, changes, lines, false)
  if (resolvers && conflicts.length > 0) life.emit('session:conflict', { keys: conflicts })
}

function store(
  life: Life,
  records: Records,
  copy: Draft,
  changes: Changes,
  record: SessionRecord | undefined,
): MaybePromise<Written> {
  const { now } = life
  const { lines } = copy.apply(changes)
  if (record) {
    const meta = copy.applyMeta(changes, record.meta, now)
    return records.replace(record, meta, lines, life.deadlineAfter(changes, { ...record, meta }))
  }
  if (headersLeft(life.ctx)) throw headersSent()
  const { credential } = life
  const meta = { createdAt: now, updatedAt: now }
  const until = life.extension.anew(meta, now)
  const begun = insert(records, credential, credential.identity, meta, withBeginning(life, lines), until)
  return chain(begun, ({ record: done, identity }) => {
    if (!credential.sealed) credential.take(identity)
    return { done }
  })
}

/** The lines of a record that begins, with what is written at that moment. */
export function withBeginning(life: Life, lines: string): string {
  const { draft, serializer } = life
  const { tick } = draft
  return begin(life, draft) ? merge(serializer, lines, draft.changes(tick).lines).lines : lines
}

/** The newest data as the function sees them: tracked as `ctx.session` is, without the verbs, and dead afterwards. */
class Copy implements Owner {
  readonly #life: Life
  readonly draft: Draft
  #over = false

  constructor(life: Life, record: SessionRecord | undefined) {
    this.#life = life
    this.draft = new Draft(this, record)
    if (life.expiresKeys) this.draft.expireKeys(life.now)
  }

  get serializer(): Serializer {
    return this.#life.serializer
  }

  get revision(): Revision | undefined {
    return this.#life.revision
  }

  mayWrite(): boolean {
    if (this.#over) throw updateIsOver()
    return true
  }

  corrupt(...given: Parameters<Life['corrupt']>): void {
    this.#life.corrupt(...given)
  }

  leftOut(...given: Parameters<Life['leftOut']>): void {
    this.#life.leftOut(...given)
  }

  async change<Result>(change: (data: object) => MaybePromise<Result>): Promise<Result> {
    try {
      return await runUpdate(this.#life, () => change(faceOf(this.draft.data)))
    } finally {
      this.#over = true
    }
  }
}
