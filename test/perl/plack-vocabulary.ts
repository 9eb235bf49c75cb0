import { filesIn } from '../helpers/file-folder.ts'
import type { Json, Step } from './scenario.ts'
import { looked, named, type UserSession, type Visit, type Vocabulary } from './visit.ts'

/** Plack's application holds one plain hash throughout; so does this one. */
function held(visit: Visit): UserSession {
  return (visit.held ??= looked(visit))
}

/** Options that say what the middleware shall do once the application has returned. */
const WISHES: Readonly<Record<string, (visit: Visit) => Promise<void>>> = {
  changeId: (visit) => looked(visit).changeId(),
  expire: (visit) => looked(visit).destroy(),
}

/** What Plack's operations are with us. */
export const PLACK: Vocabulary = {
  get: (visit, key: string) => held(visit)[key],
  set: (visit, key: string, value: Json) => {
    held(visit)[key] = value
  },
  increment: (visit, key: string) => {
    const session = held(visit)
    return (session[key] = Number(session[key] ?? 0) + 1)
  },
  push: (visit, key: string, value: Json) => {
    const session = held(visit)
    ;((session[key] ??= []) as Json[]).push(value)
  },
  keys: (visit) => Object.keys(held(visit)).toSorted(),
  session: (visit) => ({ ...held(visit) }),
  replaceSession: ({ ctx }, values: object) => {
    Object.assign(ctx, { session: values })
  },
  objGet: (visit, key: string) => looked(visit)[key],
  objSet: (visit, key: string, value: Json) => {
    looked(visit)[key] = value
  },

  id: ({ session }) => named(session),
  options: ({ session }) => ({ id: named(session), ...(session.noStore && { noStore: true }) }),
  setOption: (visit, name: string, value: Json) => {
    const wish = WISHES[name]
    if (!wish) {
      if (name === 'noStore' || name === 'lateStore') looked(visit)[name] = value === true
      else looked(visit).cookieOptions = { [name]: value ?? false }
    } else if (visit.ctx.headerSent) return wish(visit)
    else visit.wishes.set(name, () => wish(visit))
    return undefined
  },

  storedFiles: ({ world }) => filesIn(world.folder!).filter((path) => /[\da-f]{64}$/.test(path)).length,
  respond: ({ ctx }, answer: Readonly<Record<string, string | number>>) => {
    if (answer['setCookie'] !== undefined) ctx.append('Set-Cookie', String(answer['setCookie']))
    ctx.redirect(String(answer['location']))
    ctx.status = Number(answer['status'])
  },
  die: (_visit, text: string) => {
    throw new Error(text)
  },
  during: ({ world }, step: Step) => world.visit(step),
}
