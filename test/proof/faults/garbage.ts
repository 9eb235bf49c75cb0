import { createHash, randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import {
  CookieState,
  FileStore,
  HeaderState,
  MemoryStore,
  ParameterState,
  type Stored,
} from '../../../src/index.ts'
import { filesIn } from '../../helpers/file-folder.ts'
import { application } from '../application.ts'
import { serveHere } from '../client.ts'
import { withFolder } from '../fleet.ts'
import { injector } from '../inject.ts'
import type { Report } from '../program.ts'

const LATER = Date.now() + 3_600_000
const PATHS = ['/data', '/plain-increment', '/increment', '/touch', '/change-id', '/destroy'] as const

/** Random bytes wherever a token can be. */
export async function sendGarbage(report: Report, requests: number): Promise<void> {
  const store = new MemoryStore()
  const state = [new CookieState(), new HeaderState(), new ParameterState()]
  const { url, stop } = await serveHere(application({ store, state }))
  const counts = new Map<number, number>()
  for (let sent = 0; sent < requests; sent += 1) {
    const status = await sendRaw(Number(new URL(url).port), garbledRequest())
    counts.set(status, (counts.get(status) ?? 0) + 1)
  }
  stop()
  const seen = [...counts].map(([status, count]) => `${status}: ${count}`).join(', ')
  report.check(
    `garbage: ${requests} requests with random bytes in cookie, header and query are refused by the parser or served without a session`,
    [...counts.keys()].every((status) => status === 200 || status === 400) && counts.has(200),
    seen,
  )
  report.check('garbage: reading makes no record of it', store.size === 0, `${store.size} records`)
}

/** Random bytes, cut and flipped bits in session files. */
export async function damageFiles(report: Report, files: number): Promise<void> {
  await withFolder(async (dir) => {
    const ask = injector(application({ store: new FileStore({ dir, sweepInterval: false }) }))
    const wrong = new Set<string>()
    let aside = 0
    for (let n = 0; n < files; n += 1) {
      const { cookie } = await ask('/start')
      await ask('/put?key=kept&value=7', cookie)
      const [file] = filesIn(dir).filter((name) => !name.includes('.corrupt-'))
      const path = join(dir, file!)
      writeFileSync(path, damaged(readFileSync(path)))
      const { status, body } = await ask(PATHS[n % 2]!, cookie)
      const { kept, isNew } = (body.result ?? {}) as { kept?: number; isNew?: boolean }
      const fine = status === 200 && (n % 2 === 1 || (isNew === true ? kept === undefined : kept === 7))
      if (!fine) wrong.add(`${status} ${JSON.stringify(body).slice(0, 300)}`)
      const left = filesIn(dir).filter((name) => name.startsWith(file!))
      if (left.some((name) => name.includes('.corrupt-'))) aside += 1
      else if (n % 2 === 0 && isNew === true) wrong.add('a damaged file was neither read nor set aside')
      await ask('/destroy', cookie)
      for (const name of filesIn(dir)) rmSync(join(dir, name))
    }
    report.check(
      `garbage: ${files} damaged session files are set aside or read as they were`,
      wrong.size === 0,
      `${aside} set aside${wrong.size > 0 ? `; ${[...wrong][0]}` : ''}`,
    )
  })
}

/** Damage that a store without checksums would hand out. */
export async function damageContents(report: Report, contents: number): Promise<void> {
  const store = new MemoryStore()
  const app = application({ store, verifyAddress: true, verifyUserAgent: true })
  const ask = injector(app)
  const wrong = new Map<string, string>()
  const originals = [await original(true), await original(false)]
  const texts = originals.flatMap((text) => [
    ...hostile(text),
    ...Array.from({ length: contents }, () => damaged(Buffer.from(text)).toString()),
  ])
  for (const [n, text] of texts.entries()) {
    const token = randomBytes(32).toString('base64url')
    const id = createHash('sha256').update(token).digest('base64url')
    for (const path of PATHS) {
      store.delete(id)
      store.set(id, text, LATER, 'absent')
      const { status, body } = await ask(path, `sid=${token}`)
      // A record that only looks as if it had ended is one that a parallel request has ended.
      const fine = status === 200 || (status === 503 && body.code === 'ERR_SESSION_CONFLICT')
      if (!fine) wrong.set(String(body.stack ?? body.code), `${path}, ${n}: ${text.slice(0, 300)}`)
    }
  }
  report.check(
    `garbage: ${texts.length} damaged contents never fail a request`,
    wrong.size === 0,
    [...wrong].map(([error, text]) => `${error}\n  ${text}`).join('\n'),
  )

  async function original(bound: boolean): Promise<string> {
    const ids: string[] = []
    const watched = new Proxy(store, {
      get: (target, name) => {
        if (name !== 'set') {
          const member: unknown = Reflect.get(target, name, target)
          return typeof member === 'function' ? (member.bind(target) as unknown) : member
        }
        return (id: string, ...rest: [string, number, 'absent']) => {
          ids.push(id)
          return target.set(id, ...rest)
        }
      },
    })
    const seeded = injector(application({ store: watched, verifyAddress: bound, verifyUserAgent: bound }))
    const { cookie } = await seeded('/start')
    await seeded('/seed', cookie)
    return (store.get(ids.at(-1)!) as Stored).data
  }
}

/** Each part of the metadata and the content replaced by what does not belong there. */
function hostile(text: string): string[] {
  const at = text.indexOf('\n')
  const [head, body] = [text.slice(0, at), text.slice(at + 1)]
  const others = [null, true, -1, 0, 1e308, 'x', '', [], {}, [null], { a: null }, { a: 'x' }, { count: -1 }]
  const replaced = (part: string): string[] => {
    const value = JSON.parse(part) as Record<string, unknown>
    const known = [
      ...Object.keys(value),
      'idleTimeout',
      'absoluteTimeout',
      'boundAddress',
      'boundUserAgent',
      'keyDeadlines',
      'flashMarks',
      'endedAt',
      'endReason',
      'moved',
      '__proto__',
      'constructor',
    ]
    return known.flatMap((key) =>
      others.map((other) => {
        const entries = Object.entries(value).filter(([name]) => name !== key)
        const fields = [...entries, [key, other] as const].map(
          ([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field)}`,
        )
        return `{${fields.join()}}`
      }),
    )
  }
  return [
    ...replaced(head).map((changed) => `${changed}\n${body}`),
    ...replaced(body).map((changed) => `${head}\n${changed}`),
    ...others.map((other) => `${head}\n${JSON.stringify(other)}`),
    ...others.map((other) => `${JSON.stringify(other)}\n${body}`),
    '',
    '\n',
    head,
    `${head}\n`,
    body,
  ]
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  const at = randomInt(copy.length)
  switch (randomInt(6)) {
    case 0:
      return copy.subarray(0, at)
    case 1:
      return randomBytes(randomInt(1, 300))
    case 2:
      return Buffer.concat([copy, randomBytes(randomInt(1, 20))])
    case 3:
      return Buffer.concat([copy.subarray(0, at), randomBytes(randomInt(1, 20)), copy.subarray(at)])
    case 4:
      copy[at] = copy[at]! ^ (1 << randomInt(8))
      return copy
    default:
      return copy.fill(randomInt(256), at)
  }
}

function garbledRequest(): Buffer {
  const noise = (): Buffer => {
    const bytes = randomBytes(randomInt(1, 200))
    // A line end would begin another header, and most other control characters end the request early.
    const least = Math.random() < 0.05 ? 1 : 32
    return bytes.map((byte) =>
      byte < least || byte === 10 || byte === 13 || byte === 127 ? 97 : byte,
    ) as Buffer
  }
  const cookie = (): Buffer =>
    Buffer.concat([
      Buffer.from(Math.random() < 0.7 ? 'sid=' : ''),
      noise(),
      Buffer.from(Math.random() < 0.3 ? '; sid=' : ''),
      noise(),
    ])
  // The parser wants a readable address, so most of the noise comes percent-encoded there.
  const query =
    Math.random() < 0.95
      ? Buffer.from(noise().toString('hex').replaceAll(/../g, '%$&'))
      : noise().map((byte) => (byte <= 32 ? 37 : byte))
  return Buffer.concat([
    Buffer.from('GET /data?sid='),
    query,
    Buffer.from(' HTTP/1.1\r\nHost: localhost\r\nCookie: '),
    cookie(),
    Buffer.from('\r\nx-session-token: '),
    noise(),
    Buffer.from('\r\nConnection: close\r\n\r\n'),
  ])
}

/** The status; 0 when the connection ended without an answer. */
async function sendRaw(port: number, bytes: Buffer): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
  socket.on('error', () => undefined)
  socket.write(bytes)
  await once(socket, 'close')
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0)
}
