import { changed, mergeValues, pick, type Values } from './values.ts'
import { BURIED, IDLE, SILENCE, type Step, timeAfter } from './steps.ts'

type Ended = { readonly at: number; readonly moved: boolean }
type Kept = { data: Values; until: number; ended?: Ended }

/** What one request believes, and what it tells its client. */
class Request {
  kept: Kept | undefined
  base: Values = {}
  mine: Values = {}
  barred = false
  moved = false
  failed = false
  dead = false
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
    if (step === 'change') request.mine = { ...request.mine, [who]: 1, both: who }
    if (step === 'remove') request.mine = { ...request.mine, both: undefined }
    if (step === 'end') return this.#end(request, who)
    return this.#act(request, who, step)
  }

  #act(r: Request, who: string, step: Step): 'done' | 'refused' {
    const { kept } = r
    if (!['touch', 'changeId', 'login', 'destroy', 'update'].includes(step)) return 'done'
    if (r.failed && step !== 'changeId' && step !== 'login') return 'refused'
    if (r.barred && (step === 'touch' || step === 'update')) return 'refused'
    const gone = kept !== undefined && !this.#lives(kept)
    const late =
      step === 'destroy' && (r.moved || (gone && kept.ended?.moved === true && this.#remembers(kept)))
    if (gone && (step !== 'destroy' || late)) r.barred = true
    if (late) r.failed = true
    else if (gone && this.#justMoved(kept)) r.moved = true
    if (step === 'touch' && kept && !gone) kept.until = this.#now + IDLE
    if (step === 'touch' && !kept) r.base = this.#begin(r, r.mine).data
    if (step === 'update' && !gone) {
      const newest = kept?.data ?? {}
      const data = { ...newest, n: Number(newest['n'] ?? 0) + 1 }
      if (kept) Object.assign(kept, { data, until: this.#now + IDLE })
      else this.#begin(r, data)
      this.#rebase(r, who, { ...r.mine, n: r.base['n'] }, data)
    }
    if (step === 'changeId' && kept && !gone) {
      kept.ended = { at: this.#now, moved: true }
      this.#begin(r, kept.data)
      this.#rebase(r, who, r.mine, kept.data)
    }
    if (step === 'login') {
      const carried = kept && !gone ? pick(kept.data, 'both') : {}
      if (kept && !gone) kept.ended = { at: this.#now, moved: true }
      const [base, mine] = [pick(r.base, 'both'), pick(r.mine, 'both')]
      Object.assign(r, { kept: undefined, base: gone ? {} : base, dead: r.dead || !!kept })
      if (changed({}, carried).length > 0) this.#begin(r, carried)
      if (gone) r.mine = mine
      else this.#rebase(r, who, mine, kept ? carried : {})
      if (!r.kept) r.base = {}
      r.mine = { ...r.mine, user: who }
    }
    if (step === 'destroy') {
      if (kept && !gone) kept.ended = { at: this.#now, moved: false }
      Object.assign(r, { kept: undefined, base: {}, mine: {}, dead: true })
    }
    return late || (gone && (step === 'touch' || step === 'update')) ? 'refused' : 'done'
  }

  #end(r: Request, who: string): 'none' | 'forget' | 'refused' | Values {
    const { kept } = r
    if (r.failed) return 'refused'
    const keys = changed(r.base, r.mine)
    if (kept && !this.#lives(kept)) r.barred = true
    if (r.barred) {
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
    else request.barred = request.moved = this.#justMoved(kept)
    return request
  }

  #rebase(r: Request, who: string, mine: Values, theirs: Values): void {
    r.mine = this.#merge(who, r.base, mine, theirs)
    r.base = theirs
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
