import { randomUUID } from 'node:crypto'
import Koa from 'koa'
import { type Condition, session, type SetResult, type Store, type Stored } from 'koa-session-pipeline'

export class MapStore implements Store {
  readonly capabilities = { atomic: true, shared: false, durable: false, expires: false, lock: false }
  readonly #records = new Map<string, Stored>()

  get(id: string): Stored | undefined {
    const found = this.#records.get(id)
    return found && { ...found } // never the very object that is kept
  }

  set(id: string, data: string, expiresAt: number, when: Condition): SetResult {
    const current = this.get(id)
    const holds =
      typeof when === 'object' ? current?.version === when.version : !current === (when === 'absent')
    if (!holds) return { ok: false, current }
    const version = randomUUID()
    this.#records.set(id, { data, version, expiresAt })
    return { ok: true, version }
  }

  touch(id: string, expiresAt: number, version: string): boolean {
    const current = this.#records.get(id)
    if (current?.version !== version) return false
    if (expiresAt > current.expiresAt) this.#records.set(id, { ...current, expiresAt })
    return true
  }

  delete(id: string): boolean {
    return this.#records.delete(id)
  }
}

const app = new Koa()
app.use(session(app, { store: new MapStore() }))
app.use((ctx) => (ctx.body = `${(ctx.session.views = (ctx.session.views ?? 0) + 1)} views`))

export const server = app.listen(process.env['PORT'] ?? 3000)
