import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, begin } from '../client.ts'
import { Server, withFolder } from '../fleet.ts'
import type { Report } from '../program.ts'

/** Nobody: root may read whatever the mode says, so the server must not be root. */
const NOBODY = 65_534

interface Loss {
  /** What happens to the folder. */
  readonly what: string
  readonly take: (dir: string) => void
  readonly giveBack: (dir: string) => void
  /** It can still be read. */
  readonly readable?: boolean
}

const LOSSES: readonly Loss[] = [
  {
    what: 'moved away',
    take: (dir) => renameSync(dir, `${dir}.away`),
    giveBack: (dir) => renameSync(`${dir}.away`, dir),
  },
  {
    what: 'replaced by a file',
    take: (dir) => {
      renameSync(dir, `${dir}.away`)
      writeFileSync(dir, '')
    },
    giveBack: (dir) => {
      rmSync(dir)
      renameSync(`${dir}.away`, dir)
    },
  },
  { what: 'unreadable', take: (dir) => chmodSync(dir, 0), giveBack: (dir) => chmodSync(dir, 0o700) },
  {
    what: 'read-only',
    take: (dir) => makeReadOnly(dir, 0o500),
    giveBack: (dir) => makeReadOnly(dir, 0o700),
    readable: true,
  },
]

/** The folder of the store goes away in the middle of a run, and comes back. */
export async function loseFolder(report: Report): Promise<void> {
  if (process.platform === 'win32') return report.skip('a lost folder', 'modes mean nothing here')
  for (const loss of LOSSES) {
    await withFolder(async (parent) => {
      const dir = join(parent, 'store')
      mkdirSync(dir, { mode: 0o700 })
      const isRoot = process.getuid?.() === 0
      if (isRoot) for (const path of [parent, dir]) chownSync(path, NOBODY, NOBODY)
      const server = await Server.start(dir, isRoot ? NOBODY : undefined)
      try {
        await playLoss(report, loss, dir, server.urls.merge)
      } finally {
        await server.kill()
      }
    })
  }
}

async function playLoss(report: Report, loss: Loss, dir: string, url: string): Promise<void> {
  const cookie = await begin(url)
  await ask(url, '/put?key=kept&value=1', cookie)
  const outcome = async (path: string, shown?: string): Promise<string> => {
    const { status, body, cookie: set } = await ask(url, path, shown)
    return [status, body.code, set !== undefined && 'sets a cookie'].filter(Boolean).join(' ')
  }

  loss.take(dir)
  const down = '503 ERR_STORE_UNAVAILABLE'
  const seen = {
    read: await outcome('/data', cookie),
    write: await outcome('/put?key=kept&value=2', cookie),
    update: await outcome('/increment', cookie),
    destroy: await outcome('/destroy', cookie),
    begin: await outcome('/start'),
  }
  loss.giveBack(dir)
  const expected = {
    read: loss.readable ? '200' : down,
    write: down,
    update: down,
    destroy: down,
    begin: down,
  }
  const wrong = Object.entries(seen).filter(([name, got]) => got !== expected[name as keyof typeof seen])
  report.check(
    `folder ${loss.what}: each request is answered with 503 and a code, none sets a cookie`,
    wrong.length === 0,
    wrong.map(([name, got]) => `${name}: ${got}`).join('; '),
  )
  const { result } = (await ask(url, '/data', cookie)).body as { result: Record<string, unknown> }
  const saved = await outcome('/put?key=kept&value=3', cookie)
  report.check(
    `folder ${loss.what}: all is well when it is back`,
    result['kept'] === 1 && saved === '200',
    result['kept'] === 1 && saved === '200' ? '' : `${JSON.stringify(result)}, ${saved}`,
  )
}

function makeReadOnly(dir: string, mode: number): void {
  chmodSync(dir, mode)
  for (const name of readdirSync(dir)) chmodSync(join(dir, name), mode)
}
