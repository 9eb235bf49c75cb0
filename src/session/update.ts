import { AsyncLocalStorage } from 'node:async_hooks'
import { Draft, hasChanges } from '../draft/draft.ts'
import { faceOf } from '../draft/face.ts'
import type { Change } from '../draft/lines.ts'
import { headersLeft } from '../http/response.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { isGone, isSame, type Written } from '../persistence/records.ts'
import { insist } from '../persistence/retry.ts'
import type { SessionRecord } from '../record.ts'
import { datedAfter } from './extension.ts'
import type { Life, Persisted } from './life.ts'
import { warnOfReturned } from './notices.ts'
import { headersSent, sessionGone, updateIsOver } from './refusals.ts'
import { noteOvertaken, showRecord, withBeginning } from './transitions.ts'
import { insert } from './writing.ts'

/** Changes the newest stored data, again when others were faster, and shows the result in this request. */
export async function updateRecord<Result>(
  life: Persisted,
  change: (data: object) => MaybePromise<Result>,
): Promise<Result> {
  const { draft, records } = life
  const { record } = draft
  let result!: Awaited<Result>
  let written: readonly Change[] = []
  const found = await insist(record, async (newest): Promise<Written | { readonly done: undefined }> => {
    const copy = await changedCopy(life, newest, async (data) => void (result = await change(data)))
    const changes = copy.changes()
    written = changes.lines
    if (!hasChanges(changes)) {
      if (copy.tick === 0) warnOfReturned(result, copy.data.face!)
      // Nothing is written that would show whether these were the newest data.
      const there = newest && (await records.read(newest.id))
      return there && !isSame(there, newest.version) ? { instead: there } : { done: newest }
    }
    const { now } = life
    const { lines } = copy.apply(changes)
    const dated = datedAfter(life, copy, changes, now, newest)
    if (newest) return records.replace(newest, dated.meta, lines, dated.expiresAt, now)
    if (headersLeft(life.ctx)) throw headersSent()
    return { done: await insert(records, life.credential, dated, withBeginning(life, lines)) }
  })
  if (found && isGone(found)) {
    noteOvertaken(life, life.credential.id, found)
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
  const self: Running = { life, outer: around.getStore(), over: false }
  const { serializer, revision } = life
  const copy = new Draft(
    {
      serializer,
      revision,
      mayWrite() {
        if (self.over) throw updateIsOver()
        return true
      },
      corrupt: (error) => life.corrupt(error),
      leftOut: (base, names) => life.leftOut(base as Draft, names),
    },
    record,
  )
  if (life.expiresKeys) copy.expireKeys(life.now)
  running += 1
  try {
    await around.run(self, () => change(faceOf(copy.data)))
  } finally {
    self.over = true
    running -= 1
    if (running === 0) around.disable()
  }
  return copy
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

/** The call of a verb comes from inside of an `update()` of its session. */
export function isWithinUpdate(life: Life): boolean {
  for (let at = around.getStore(); at; at = at.outer) if (at.life === life && !at.over) return true
  return false
}
