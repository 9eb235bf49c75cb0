import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FileStore, MemoryStore } from '../../../src/index.ts'
import { filesIn } from '../../helpers/file-folder.ts'
import { application } from '../application.ts'
import { withFolder } from '../fleet.ts'
import { injector } from '../inject.ts'
import type { Report } from '../program.ts'
import { damaged, hostile } from './mutations.ts'

const LATER = Date.now() + 3_600_000
const PATHS = ['/data', '/plain-increment', '/increment', '/touch', '/change-id', '/destroy'] as const

/** Random bytes, cuts and flipped bits in session files. */
export async function damageFiles(report: Report, files: number): Promise<void> {
  await withFolder(async (dir) => {
    const ask = injector(application({ store: new FileStore({ dir, sweepInterval: false }) }))
    const wrong = new Set<string>()
    let aside = 0
    for (let n = 0; n < files; n += 1) {
      const { cookie } = await ask('/start')
      const file = filesIn(dir)[0]!
      const path = join(dir, file)
      writeFileSync(path, damaged(readFileSync(path)))

      const { status, body } = await ask('/data', cookie)
      const { count, isNew } = (body.result ?? {}) as { count?: number; isNew?: boolean }
      const isAside = filesIn(dir).some((name) => name.startsWith(`${file}.corrupt-`))
      if (isAside) aside += 1
      if (status !== 200 || isNew !== isAside || (count === 0) === isAside)
        wrong.add(`${status} ${JSON.stringify(body)}, ${isAside ? 'set aside' : 'not set aside'}`)
      for (const path of PATHS) {
        const after = await ask(path, cookie)
        if (after.status !== 200) wrong.add(`${path} afterwards: ${after.status} ${after.body.stack}`)
      }
      for (const name of filesIn(dir)) rmSync(join(dir, name))
    }
    report.check(
      `damage: of ${files} damaged session files each is set aside, or read as it was`,
      wrong.size === 0,
      `${aside} set aside${wrong.size > 0 ? `; ${[...wrong][0]}` : ''}`,
    )
  })
}

/** Damage that a store without checksums would hand out: no session, or what is left of it. */
export async function damageContents(report: Report, contents: number): Promise<void> {
  const store = new MemoryStore()
  const ask = injector(application({ store, verifyAddress: true, verifyUserAgent: true }))
  const wrong = new Map<string, string>()
  let tried = 0
  for (const original of [await sample(true), await sample(false)]) {
    const random = Array.from({ length: contents }, () => damaged(Buffer.from(original)).toString())
    for (const text of [...hostile(original), ...random]) {
      tried += 1
      const token = randomBytes(32).toString('base64url')
      for (const path of PATHS) {
        store.delete(idOf(token))
        store.set(idOf(token), text, LATER, 'absent')
        const { status, body } = await ask(path, `sid=${token}`)
        // A value that cannot be parsed says so where it is read, and ends the session.
        const isSaid = status === 500 && body.code === 'ERR_SESSION_CORRUPT'
        if (status !== 200 && !isSaid)
          wrong.set(String(body.stack ?? body.code), `${path}: ${text.slice(0, 300)}`)
      }
    }
  }
  report.check(
    `damage: ${tried} damaged contents are no session, or said to be corrupt`,
    wrong.size === 0,
    [...wrong].map(([error, text]) => `${error}\n  ${text}`).join('\n'),
  )
}

/** The text of a record that holds all there can be. */
async function sample(bound: boolean): Promise<string> {
  const store = new MemoryStore()
  const ask = injector(application({ store, verifyAddress: bound, verifyUserAgent: bound }))
  const { cookie = '' } = await ask('/start')
  await ask('/seed', cookie)
  return store.get(idOf(cookie.slice('sid='.length)))!.data
}

function idOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
