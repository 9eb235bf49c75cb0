import type { Context } from 'koa'
import type { Changes, Draft } from '../draft/draft.ts'
import { reportError } from '../events.ts'
import { whenOver } from '../http/response.ts'
import { lateWrite } from './refusals.ts'

/** Reports at the end of the answer what is not saved by then; what was left unsaved by now is not meant. */
export function watchLateWrites(ctx: Context, draft: Draft, saved: boolean): void {
  const before = saved ? undefined : changesOf(draft)
  whenOver(ctx, () => {
    const after = changesOf(draft)
    const late = after ? namesOfLate(after, before) : []
    if (late.length > 0) reportError(ctx, lateWrite(late))
  })
}

function namesOfLate({ lines, lifetimes }: Changes, before: Changes | undefined): string[] {
  const keys = lines.filter(
    ({ kind, name, after }) =>
      !before?.lines.some((one) => one.kind === kind && one.name === name && one.after === after),
  )
  const members = lifetimes === before?.lifetimes ? [] : Object.keys(lifetimes ?? {})
  return [...keys.map(({ name }) => name), ...members.filter((name) => name !== 'endsAt')]
}

/** What cannot be serialised has been reported by the commit. */
function changesOf(draft: Draft): Changes | undefined {
  try {
    return draft.changes()
  } catch {
    return undefined
  }
}
