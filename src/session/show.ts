import type { Draft } from '../draft/draft.ts'
import { refuseReserved } from '../draft/reserved.ts'
import { leftBehind } from './refusals.ts'
import type { Life } from './life.ts'

/** How the inside of a session shows as one of the members. */
export interface Member {
  /** The draft is that of the object through which somebody looks. */
  readonly get?: (life: Life, draft: Draft) => unknown
  readonly set?: (life: Life, value: never) => void
  /** A verb that returns a promise, or one that writes at once. */
  readonly verb?: (life: Life, ...given: never[]) => Promise<unknown>
  readonly write?: (life: Life, ...given: never[]) => void
}

/** Puts members on a prototype. `draftIn`: the draft that such an object shows, which may be left behind. */
export function show(
  prototype: object,
  members: Readonly<Record<string, Member>>,
  lifeIn: (self: object) => Life | undefined,
  draftIn: (self: object, life: Life) => Draft = (_self, { draft }) => draft,
): void {
  for (const [name, { get, set, verb, write }] of Object.entries(members)) {
    Object.defineProperty(prototype, name, {
      get(this: object) {
        const life = lifeIn(this)
        if (!life) return undefined
        if (get) return get(life, draftIn(this, life))
        if (verb) return (...given: never[]) => verb(life, ...given)
        return (...given: never[]) => {
          if (draftIn(this, life) !== life.draft) throw leftBehind()
          write!(life, ...given)
        }
      },
      set(this: object, value: never) {
        const life = lifeIn(this)
        if (!life || !set) throw refuseReserved(name)
        if (draftIn(this, life) !== life.draft) throw leftBehind()
        set(life, value)
      },
    })
  }
}
