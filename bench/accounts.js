// npm run bench -- accounts [entries]: prints a Markdown table of what an index of so many logins of one subject costs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RecordIndex } from '../dist/accounts/index.js'
import { FileStore, MemoryStore } from '../dist/index.js'
import { LmdbStore } from '../dist/stores/lmdb/index.js'

const SIZES = process.argv[2] === undefined ? [10, 1000, 10_000] : [Number(process.argv[2])]
const ROUNDS = 30
const UNLIMITED = { max: undefined, reason: '', lastUse: () => Date.now() }
const CLAIM = { generation: 0, from: 0, to: 0 }

const dir = mkdtempSync(join(tmpdir(), 'bench-accounts-'))

/** Redis and LMDB where there are clients of the project that can be loaded, and a server that was named. */
async function stores() {
  const all = {
    MemoryStore: () => new MemoryStore(),
    FileStore: () => new FileStore({ dir: join(dir, 'files'), sweepInterval: false }),
  }
  const { open } = await import('lmdb')
  all.LmdbStore = () => new LmdbStore({ open, dir: join(dir, 'lmdb'), sweepInterval: false })
  const url = process.env.REDIS_URL
  if (url !== undefined) {
    const [{ Redis }, { RedisStore }] = await Promise.all([
      import('ioredis'),
      import('../dist/stores/redis/index.js'),
    ])
    const client = new Redis(url)
    all.RedisStore = () => Object.assign(new RedisStore({ client, prefix: `bench:${process.pid}:` }))
  }
  return all
}

function entryOf(n) {
  const now = Date.now()
  const at = { createdAt: now, authenticatedAt: now, usedAt: now, addedAt: now, until: now + 86_400_000 }
  const userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.${n} Safari/537.36`
  const device = { userAgent, network: '192.0.2.0/24', label: undefined }
  return { id: `${n}`.padStart(43, 'i'), ...at, idleTimeout: 7_200_000, device }
}

/** An index of that many, in one go: what a store has after as many logins. */
async function fill(store, index, size) {
  await index.add('ann', 'first', entryOf(0), CLAIM, UNLIMITED)
  const id = store.written.at(-1)
  const { data, version, expiresAt } = await store.get(id)
  const line = data.split('\n').find((one) => one.startsWith('s '))
  const many = Array.from({ length: size - 1 }, (_, n) =>
    line.replace('s first', `s key${n}`).replace(entryOf(0).id, entryOf(n + 1).id),
  )
  const lines = `${data.slice(data.indexOf('\n'))}${many.join('\n')}${many.length > 0 ? '\n' : ''}`
  const text = `1i ${lines.length}${lines}`
  await store.set(id, text, expiresAt, { version })
  return Math.round(text.length / 1024)
}

function watched(store) {
  const written = []
  const { set } = store
  store.set = (id, ...rest) => {
    written.push(id)
    return set.call(store, id, ...rest)
  }
  return Object.assign(store, { written })
}

async function median(work) {
  const times = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now()
    await work(round)
    times.push(performance.now() - began)
  }
  const sorted = times.toSorted((one, other) => one - other)
  return `${sorted[Math.floor(ROUNDS / 2)].toFixed(2)} ms`
}

console.log('| store | logins | index | a request | a login | 20 logins at once | list | end all |')
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
for (const [name, open] of Object.entries(await stores())) {
  for (const size of SIZES) {
    const store = watched(open())
    const index = new RecordIndex(store, { purpose: `${name} ${size}` })
    const kilobytes = await fill(store, index, size)
    const request = await median(async (n) => (await index.look('ann')).find(`key${n % size}`, 'no id'))
    const login = await median((n) => index.add('ann', `new${n}`, entryOf(size + n), CLAIM, UNLIMITED))
    const began = performance.now()
    const add = (n) => index.add('ann', `more${n}`, entryOf(size + 100 + n), CLAIM, UNLIMITED)
    await Promise.all(Array.from({ length: 20 }, (_, n) => add(n)))
    const atOnce = `${(performance.now() - began).toFixed(1)} ms`
    const list = await median(() => index.list('ann'))
    const ending = performance.now()
    await index.revoke('ann', { reason: 'bench' })
    const end = `${(performance.now() - ending).toFixed(2)} ms`
    const row = [name, size, `${kilobytes} kB`, request, login, atOnce, list, end]
    console.log(`| ${row.join(' | ')} |`)
    await store.close?.()
  }
}
rmSync(dir, { recursive: true, force: true })
process.exit()
