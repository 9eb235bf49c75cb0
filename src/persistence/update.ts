import { Retry } from '../concurrency/retry.ts'
import type { Version } from '../concurrency/merge.ts'
import type { SessionRecord } from '../record.ts'
import type { Session } from '../session.ts'
import { changedKeys, type Content, stringifyContent, type Values } from '../session/content.ts'
import { isReserved, refuseReserved } from '../session/reserved.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { idTaken, sessionGone } from './loss.ts'
import type { RecordKeeper } from './record-keeper.ts'

/** Changes the newest stored data, again when others were faster, and shows the result in this request. */
export async function updateRecord<Result>(
  session: Session,
  records: RecordKeeper,
  change: (data: Values) => MaybePromise<Result>,
): Promise<Result> {
  const { copy, serializer } = session
  let { record } = copy
  for (const retry = new Retry(); ; await retry.next(session.id)) {
    const version = record ? copy.read(record) : nothing(session)
    const { data } = version.content
    const before = stringifyContent(serializer, version.content)
    const result = await change(data)
    const reserved = Object.keys(data).find(isReserved)
    if (reserved !== undefined) throw refuseReserved(reserved)
    const body = stringifyContent(serializer, version.content)
    if (body === before) {
      if (record && record !== copy.record) copy.rebase(record)
      return result
    }
    const changed = changedKeys(serializer, (serializer.parse(before) as Content).data, data)
    const written = await write(session, records, record, version, body)
    if (written.done) {
      copy.rebase(written.done, changed)
      if (!record) session.emit('session:created')
      return result
    }
    if (!written.instead.live) {
      records.note(written.instead)
      session.barred = true
      throw sessionGone(session)
    }
    record = written.instead.live
  }
}

function nothing(session: Session): Version {
  return { meta: session.newMeta(), content: { data: {}, flash: {} } }
}

async function write(
  session: Session,
  records: RecordKeeper,
  record: SessionRecord | undefined,
  { meta }: Version,
  body: string,
): ReturnType<RecordKeeper['replace']> {
  const until = session.deadline(true)
  if (record) return records.replace(record, { ...meta, updatedAt: session.now }, body, until)
  session.requireHeaders()
  const created = await records.create(session.credential, meta, body, until)
  if (created) return { done: created }
  throw idTaken()
}
