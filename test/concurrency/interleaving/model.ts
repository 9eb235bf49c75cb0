import { changed, mergeValues, pick, type Values } from './values.ts'
import { BURIED, IDLE, SILENCE, type Step, timeAfter } from './steps.ts'

type Outcome = 'done' | 'refused'
type Ended = { readonly at: number; readonly moved: boolean }
type Kept = { data: Values; until: number; ended?: Ended }

/** What one request believes, and what it tells its client. */
class Request {
  kept: Kept | undefined
  base: Values = {}
  mine: Values = {}
  /** The keys that this request has set or deleted itself. */
  assigned = new Set<string>()
  /** Another request was faster: nothing of this one is stored or told, unless it begins anew after a move. */
  overtaken: 'moved' | 'ended' | undefined
  /** What could not be destroyed, since it had moved: of a session that was met alive, else `unknown`. */
  failed: Kept | 'unknown' | undefined
  dead = false

  assign(values: Values): void {
    this.mine = { ...this.mine, ...values }
    for (const key of Object.keys(values)) this.assigned.add(key)
  }

  keepOnly(keys: readonly string[]): void {
    this.assigned = new Set(keys.filter((key) => this.assigned.has(key)))
    this.mine = Object.assign({}, ...keys.map((key) => pick(this.mine, key)))
  }

  /** A session that begins though the token has moved: what was loaded stays behind. */
  beginAnew(): void {
    this.keepOnly([...this.assigned])
    Object.assign(this, { kept: undefined, base: {}, overtaken: undefined })
  }
}

/** What sessions have to do, step by step, with nothing of how they do it. */
export class Model {
  readonly records: Kept[] = []
  readonly conflicts: string[] = []
  readonly #requests = new Map<string, Request>()
  readonly #merging: boolean
  #now = 0

  constructor(merging: boolean, first: Values) {
    this.#merging = merging
    this.#create(first)
  }

  /** The data of the sessions that are alive. */
  get alive(): Values[] {
    return this.records.filter((kept) => this.#lives(kept)).map(({ data }) => data)
  }

  /** Takes a step; answers whether a verb was refused, or what becomes of the client's cookie at the end. */
  step(who: string, step: Step): 'done' | 'refused' | 'none' | 'forget' | Values {
    this.#now = timeAfter(this.#now, step)
    if (step === 'expire') return 'done'
    if (step === 'load') this.#requests.set(who, this.#load(this.records[0]!))
    const request = this.#requests.get(who)!
    if (step === 'change') request.assign({ [who]: 1, both: who })
    // What is not there cannot be deleted.
    if (step === 'remove' && request.mine['both'] !== undefined) request.assign({ both: undefined })
    if (step === 'end') return this.#end(request, who)
    if (step === 'load' || step === 'look' || step === 'change' || step === 'remove') return 'done'
    if (!this.#fails(request)) return this.#act(request, who, step)
    // A second one is of a session that this request does not know.
    if (step === 'destroy') request.failed = 'unknown'
    return 'refused'
  }

  #act(r: Request, who: string, step: 'touch' | 'changeId' | 'login' | 'destroy' | 'update'): Outcome {
    if (step === 'destroy') return this.#destroy(r)
    if (step === 'changeId') return this.#changeId(r, who)
    if (step === 'login') return this.#login(r, who)
    const { kept } = r
    if (kept && !this.#lives(kept)) this.#overtake(r, kept)
    if (r.overtaken) return 'refused'
    if (step === 'update') {
      const newest = kept?.data ?? {}
      const data = { ...newest, n: Number(newest['n'] ?? 0) + 1 }
      if (kept) Object.assign(kept, { data, until: this.#now + IDLE })
      else this.#begin(r, data)
      this.#rebase(r, who, { ...r.mine, n: r.base['n'] }, data)
    } else if (kept) kept.until = this.#now + IDLE
    else r.base = this.#begin(r, r.mine).data
    return 'done'
  }

  #destroy(r: Request): Outcome {
    const { kept } = r
    const unknown = kept ? kept.ended?.moved === true && this.#remembers(kept) : r.overtaken === 'moved'
    if (unknown) {
      // Where it goes on is not known here.
      r.overtaken = 'moved'
      r.failed = kept ?? 'unknown'
      r.kept = undefined
      r.keepOnly([])
      r.base = {}
      return 'refused'
    }
    if (kept && this.#lives(kept)) kept.ended = { at: this.#now, moved: false }
    // What is written from now on begins another session.
    if (r.overtaken === 'ended') r.overtaken = undefined
    Object.assign(r, { kept: undefined, base: {}, mine: {}, assigned: new Set(), dead: true })
    return 'done'
  }

  #changeId(r: Request, who: string): Outcome {
    const { kept } = r
    if (kept && this.#lives(kept)) {
      kept.ended = { at: this.#now, moved: true }
      r.dead = true
      this.#begin(r, kept.data)
      this.#rebase(r, who, r.mine, kept.data)
    } else if (kept) this.#overtake(r, kept)
    if (r.overtaken === 'moved') r.beginAnew()
    return 'done'
  }

  #login(r: Request, who: string): Outcome {
    if (r.overtaken === 'moved') r.beginAnew()
    const { kept } = r
    r.keepOnly(['both'])
    r.base = pick(r.base, 'both')
    r.kept = undefined
    if (kept && this.#lives(kept)) {
      kept.ended = { at: this.#now, moved: true }
      r.dead = true
      const carried = pick(kept.data, 'both')
      if (changed({}, carried).length > 0) this.#begin(r, carried)
      this.#rebase(r, who, r.mine, carried)
    } else if (kept) this.#overtake(r, kept)
    if (r.overtaken === 'moved') r.beginAnew()
    r.assign({ user: who })
    return 'done'
  }

  /** What failed is tried again, and succeeds when nobody remembers the session any more. */
  #fails(r: Request): boolean {
    if (r.failed !== 'unknown' && r.failed && !this.#remembers(r.failed)) {
      r.failed = undefined
      r.dead = true
    }
    return r.failed !== undefined
  }

  #overtake(r: Request, kept: Kept): void {
    r.overtaken = this.#justMoved(kept) ? 'moved' : 'ended'
  }

  #end(r: Request, who: string): 'none' | 'forget' | 'refused' | Values {
    const { kept } = r
    if (this.#fails(r)) return 'refused'
    const keys = changed(r.base, r.mine)
    if (kept && !this.#lives(kept)) this.#overtake(r, kept)
    if (r.overtaken) {
      if (keys.length > 0) this.#conflict(who, keys)
      return 'none'
    }
    if (!kept && keys.length === 0) return r.dead ? 'forget' : 'none'
    if (!kept) return this.#begin(r, r.mine).data
    const theirs = kept.data
    if (keys.length > 0) {
      kept.data = this.#merging ? this.#merge(who, r.base, r.mine, theirs) : r.mine
    }
    kept.until = this.#now + IDLE
    return kept === this.records[0] ? 'none' : kept.data
  }

  #load(kept: Kept): Request {
    const request = new Request()
    if (this.#lives(kept)) Object.assign(request, { kept, base: kept.data, mine: kept.data })
    else if (this.#justMoved(kept)) request.overtaken = 'moved'
    return request
  }

  #rebase(r: Request, who: string, mine: Values, theirs: Values): void {
    const merged = this.#merge(who, r.base, mine, theirs)
    // A deletion by others wins, so that nothing is left of what was assigned.
    for (const key of r.assigned) if (merged[key] !== mine[key]) r.assigned.delete(key)
    Object.assign(r, { mine: merged, base: theirs })
  }

  #merge(who: string, base: Values, mine: Values, theirs: Values): Values {
    const { merged, both } = mergeValues(base, mine, theirs)
    if (both.length > 0 && this.#merging) this.#conflict(who, both)
    return merged
  }

  #conflict(who: string, keys: readonly string[]): void {
    this.conflicts.push(`${who}: ${keys.toSorted().join(', ')}`)
  }

  #begin(r: Request, data: Values): Kept {
    return (r.kept = this.#create(data))
  }

  #create(data: Values): Kept {
    const kept: Kept = { data, until: this.#now + IDLE }
    this.records.push(kept)
    return kept
  }

  #remembers(kept: Kept | undefined): boolean {
    return kept?.ended !== undefined && this.#now <= kept.ended.at + BURIED
  }

  #justMoved({ ended }: Kept): boolean {
    return ended?.moved === true && this.#now < ended.at + SILENCE
  }

  #lives({ until, ended }: Kept): boolean {
    return !ended && this.#now <= until
  }
}
