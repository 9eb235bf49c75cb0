import { AsyncLocalStorage } from 'node:async_hooks'
import { type Changes, Draft, hasChanges } from '../draft/draft.ts'
import { faceOf } from '../draft/face.ts'
import type { Change } from '../draft/lines.ts'
import { merge } from '../draft/merge.ts'
import { headersLeft } from '../http/response.ts'
import { chain, type MaybePromise } from '../maybe-promise.ts'
import { isGone, type Records, type Written } from '../persistence/records.ts'
import { insist } from '../persistence/retry.ts'
import type { SessionRecord } from '../record.ts'
import { deadlineAfter, deadlineAnew } from './extension.ts'
import type { Life } from './life.ts'
import { warnOfReturned } from './notices.ts'
import { headersSent, sessionGone, updateIsOver } from './refusals.ts'
import { begin, overtake } from './transitions.ts'
import { insert } from './writing.ts'

/** Changes the newest stored data, again when others were faster, and shows the result in this request. */
export async function updateRecord<Result>(
  life: Life,
  records: Records,
  change: (data: object) => MaybePromise<Result>,
): Promise<Result> {
  const { draft } = life
  const { record } = draft
  let result!: Awaited<Result>
  let written: readonly Change[] = []
  const found = await insist(record, async (newest) => {
    const copy = await changedCopy(life, newest, async (data) => void (result = await change(data)))
    const changes = copy.changes()
    written = changes.lines
    if (hasChanges(changes)) return store(life, records, copy, changes, newest)
    if (copy.tick === 0) warnOfReturned(result, copy.data.face!)
    return { done: newest }
  })
  if (found && isGone(found)) {
    overtake(life, life.credential.id, found)
    throw sessionGone(life.credential.id)
  }
  // Nothing of it shows in a session that has taken the place of this one meanwhile.
  if (found && found !== record && life.draft === draft) showRecord(life, found, written)
  if (found && !record) life.emit('session:created')
  return result
}

/** The newest data as the function sees them: tracked as `ctx.session` is, without the verbs, and dead afterwards. */
async function changedCopy(
  life: Life,
  record: SessionRecord | undefined,
  change: (data: object) => Promise<void>,
): Promise<Draft> {
  let over = false
  const mayWrite = (): boolean => {
    if (over) throw updateIsOver()
    return true
  }
  const { serializer, revision } = life
  const copy = new Draft(
    {
      serializer,
      revision,
      mayWrite,
      corrupt: (error) => life.corrupt(error),
      leftOut: (base, names) => life.leftOut(base as Draft, names),
    },
    record,
  )
  if (life.expiresKeys) copy.expireKeys(life.now)
  try {
    await runUpdate(life, () => change(faceOf(copy.data)))
  } finally {
    over = true
  }
  return copy
}

/** Goes on with a record that this request has not written, keeping unsaved changes save those that yield. */
export function showRecord(life: Life, record: SessionRecord, yielding: readonly Change[] = []): void {
  const { draft, plan } = life
  for (const { kind, name } of yielding) if (kind === 'd') draft.data.forget(name)
  const changes = draft.changes()
  const resolvers = plan?.mode === 'merge' ? plan.resolve : undefined
  const { lines, conflicts } = draft.apply(changes, record, resolvers)
  draft.rebase(record, changes, lines)
  if (resolvers && conflicts.length > 0) life.emit('session:conflict', { keys: conflicts })
}

function store(
  life: Life,
  records: Records,
  copy: Draft,
  changes: Changes,
  record: SessionRecord | undefined,
): MaybePromise<Written> {
  const { now, credential } = life
  const { lines } = copy.apply(changes)
  if (record) {
    const meta = copy.applyMeta(changes, record.meta, now)
    const until = deadlineAfter(life, changes, { ...record, meta }, now)
    return records.replace(record, meta, lines, until)
  }
  if (headersLeft(life.ctx)) throw headersSent()
  const meta = { createdAt: now, updatedAt: now }
  const until = deadlineAnew(life, meta, now)
  const begun = insert(life, records, credential.identity, meta, withBeginning(life, lines), until)
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

/** A function of `update()` that runs, inside of another one perhaps. */
interface Running {
  readonly life: Life
  readonly outer: Running | undefined
  over: boolean
}

/** Costs every promise of the process something, so it is switched on only while such functions run. */
const around = new AsyncLocalStorage<Running>()
let running = 0

/** Runs the function of an `update()`; verbs of its session are refused from inside of it. */
async function runUpdate<Result>(life: Life, fn: () => Result): Promise<Awaited<Result>> {
  const self: Running = { life, outer: running > 0 ? around.getStore() : undefined, over: false }
  running += 1
  try {
    return await around.run(self, fn)
  } finally {
    self.over = true
    running -= 1
    if (running === 0) around.disable()
  }
}

/** The call of a verb comes from inside of an `update()` of its session. */
export function isWithinUpdate(life: Life): boolean {
  for (let at = running > 0 ? around.getStore() : undefined; at; at = at.outer)
    if (at.life === life && !at.over) return true
  return false
}
