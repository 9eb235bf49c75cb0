import type { Context } from 'koa'
import type { SealedStoreContract, State, Store, Stored } from 'koa-session-pipeline'
import { isSealed } from 'koa-session-pipeline/stages'
import { contentOf, type StoredView, storedView } from './records.ts'
import type { RecordContent } from 'koa-session-pipeline/adapters'
import type { Call, Watch } from './watch.ts'

/** What is known of a request that has been answered. */
export interface Evidence {
  readonly watch: Watch
  /** The tokens that the client showed. */
  readonly shown: readonly string[]
  /** What the client was told: tokens, or to forget. */
  readonly told: readonly Call[]
  /** The calls that changed something in the store, or tried to. */
  readonly writes: readonly Call[]
  readonly loaded: Stored | undefined
  readonly before: RecordContent | undefined
  readonly after: RecordContent | undefined
  readonly id: string | undefined
  readonly expiresAt: number | undefined
  readonly stored: { readonly before: readonly StoredView[]; readonly after: readonly StoredView[] }
}

const WRITES: ReadonlySet<string> = new Set(['set', 'touch', 'delete', 'seal'])

/** Asks the store once more, when the request is over. */
export async function gather(
  ctx: Context,
  watch: Watch,
  store: Store | SealedStoreContract,
  state: State,
  now: number,
): Promise<Evidence> {
  const { calls } = watch
  const before = new Map<string, Stored | undefined>()
  const after = new Map<string, Stored | undefined>()
  for (const { verb, args, result } of calls) {
    if (verb === 'get' || verb === 'open') {
      const stored = result as (Stored & { id?: string }) | undefined
      const id = verb === 'get' ? String(args[0]) : stored?.id
      if (id !== undefined && !before.has(id)) before.set(id, stored)
    }
    if (verb === 'seal') after.set(String(args[0]), sealedAs(args))
    else if (verb === 'set') after.set(String(args[0]), undefined)
  }
  if (isSealed(store)) for (const [id, stored] of before) if (!after.has(id)) after.set(id, stored)
  if (!isSealed(store))
    for (const id of new Set([...before.keys(), ...after.keys()])) after.set(id, await store.get(id))
  const alive = (stored: Stored | undefined): RecordContent | undefined =>
    stored && stored.expiresAt >= now ? contentOf(stored) : undefined
  const live = [...after].findLast(([, stored]) => alive(stored))
  const first = [...before.values()].find(alive) ?? [...before.values()][0]
  const ended = isSealed(store) && calls.some(({ verb }) => verb === 'forget')
  return {
    watch,
    shown: state.extract(ctx),
    told: calls.filter(({ verb }) => verb === 'finalize' || verb === 'forget'),
    writes: calls.filter(({ verb }) => WRITES.has(verb)),
    loaded: first,
    before: alive(first),
    after: ended ? undefined : alive(live?.[1]),
    id: ended ? undefined : live?.[0],
    expiresAt: ended ? undefined : live?.[1]?.expiresAt,
    stored: { before: views(before), after: ended ? [] : views(after) },
  }
}

function sealedAs([, data, expiresAt]: readonly unknown[]): Stored {
  return { data: String(data), expiresAt: Number(expiresAt), version: '' }
}

const views = (records: ReadonlyMap<string, Stored | undefined>): StoredView[] =>
  [...records].filter(([, stored]) => stored).map(([id, stored]) => storedView(id, stored))
