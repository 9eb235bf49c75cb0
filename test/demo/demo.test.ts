import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import request from 'superagent'
import { type Demo, startDemo } from './demo-process.ts'

interface Page {
  readonly status: number
  readonly text: string
  readonly location: string | undefined
  readonly cookies: readonly string[]
}

/** A browser that follows no redirects by itself and keeps its cookies across restarts of the demo. */
interface Browser {
  get(path: string): Promise<Page>
  post(path: string, fields?: Record<string, string>): Promise<Page>
}

async function send(asked: request.Request): Promise<Page> {
  const { status, text, headers } = await asked.ok(() => true).redirects(0)
  return { status, text, location: headers['location'], cookies: [headers['set-cookie'] ?? []].flat() }
}

function browser(demo: () => Demo): Browser {
  const agent = request.agent()
  return {
    get: (path) => send(agent.get(demo().url + path)),
    post: (path, fields = {}) =>
      send(
        agent
          .post(demo().url + path)
          .type('form')
          .send(fields),
      ),
  }
}

interface Visit extends Browser {
  demo: Demo
  restart(): Promise<void>
}

async function visit(t: ExecutionContext): Promise<Visit> {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'))
  const sessions = join(folder, 'made', 'by', 'itself')
  const visited: Visit = {
    demo: await startDemo(sessions),
    ...browser(() => visited.demo),
    async restart() {
      t.is(await visited.demo.stop(), 0)
      visited.demo = await startDemo(sessions)
    },
  }
  t.teardown(async () => {
    await visited.demo.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  return visited
}

const idOf = ({ text }: Page): string | undefined => /data-id>([^<]+)</.exec(text)?.[1]
const viewsOf = ({ text }: Page): number => Number(/data-views>(\d+)</.exec(text)?.[1])
const auditOf = ({ lines }: Demo): Record<string, unknown>[] =>
  lines
    .filter((line) => line.startsWith('audit '))
    .map((line) => JSON.parse(line.slice('audit '.length)) as Record<string, unknown>)

test('the counter counts, also across a restart of the program', async (t) => {
  const visitor = await visit(t)
  t.is(viewsOf(await visitor.get('/')), 1)
  const before = await visitor.get('/')
  t.is(viewsOf(before), 2)
  await visitor.restart()
  const after = await visitor.get('/')
  t.is(viewsOf(after), 3)
  t.is(idOf(after), idOf(before))
})

test('a page that only shows something begins no session', async (t) => {
  const visitor = await visit(t)
  for (const path of ['/login', '/cart', '/stages']) {
    const page = await visitor.get(path)
    t.is(page.status, 200)
    t.deepEqual(page.cookies, [])
    t.regex(page.text, /None yet/)
  }
})

test('login changes the id, keeps the cart and greets once', async (t) => {
  const visitor = await visit(t)
  await visitor.post('/cart', { product: 'tea' })
  const before = idOf(await visitor.get('/login'))
  const answer = await visitor.post('/login', { name: 'Ann' })
  t.is(answer.status, 303)
  const page = await visitor.get(answer.location!)
  t.regex(page.text, /Welcome, Ann\./)
  t.truthy(before)
  t.not(idOf(page), before)
  t.regex((await visitor.get('/cart')).text, /data-count="tea">1</)
  t.notRegex((await visitor.get('/')).text, /Welcome/)
})

test('a login without a name is refused with a message, and the id stays', async (t) => {
  const visitor = await visit(t)
  const before = idOf(await visitor.get('/'))
  const answer = await visitor.post('/login', { name: '  ' })
  const page = await visitor.get(answer.location!)
  t.regex(page.text, /role="alert">Please give a name/)
  t.is(idOf(page), before)
})

test('logout destroys the session and says so', async (t) => {
  const visitor = await visit(t)
  await visitor.post('/login', { name: 'Ann' })
  const before = idOf(await visitor.get('/'))
  const answer = await visitor.post('/logout')
  const page = await visitor.get(answer.location!)
  t.regex(page.text, /role="status">You are logged out/)
  t.not(idOf(page), before)
  t.regex((await visitor.get('/')).text, /not logged in/)
})

test('a message survives the redirect and is shown once', async (t) => {
  const visitor = await visit(t)
  const answer = await visitor.post('/cart', { product: 'pencil' })
  t.is(answer.status, 303)
  t.is(answer.location, '/cart')
  t.regex((await visitor.get('/cart')).text, /role="status">Pencil is in your cart/)
  t.notRegex((await visitor.get('/cart')).text, /role="status"/)
})

test('parallel clicks all count', async (t) => {
  const visitor = await visit(t)
  await visitor.get('/')
  await Promise.all(Array.from({ length: 10 }, () => visitor.post('/cart', { product: 'notebook' })))
  t.regex((await visitor.get('/cart')).text, /data-count="notebook">10</)
})

test('an unknown product is refused', async (t) => {
  const visitor = await visit(t)
  t.is((await visitor.post('/cart', { product: 'constructor' })).status, 400)
  t.is((await visitor.post('/cart')).status, 400)
})

test('what a visitor types is escaped', async (t) => {
  const visitor = await visit(t)
  await visitor.post('/login', { name: '<script>"1"&' })
  const page = await visitor.get('/')
  t.notRegex(page.text, /<script>/)
  t.regex(page.text, /&lt;script&gt;&quot;1&quot;&amp;/)
})

test('the page of stages lists them in their order, ours among them', async (t) => {
  const visitor = await visit(t)
  const { text } = await visitor.get('/stages')
  const names = [...text.matchAll(/<td>\s*<code>(?:<strong>)?(\w+)/g)].map(([, name]) => name)
  t.deepEqual(names, [
    'identify',
    'audit',
    'persist',
    'verifyAddress',
    'verifyUserAgent',
    'expireKeys',
    'extendExpiry',
    'flash',
  ])
})

test('a page that is not there says so', async (t) => {
  const visitor = await visit(t)
  const page = await visitor.get('/nowhere')
  t.is(page.status, 404)
  t.regex(page.text, /There is no such page/)
})

test('the audit stage logs every request, with the id and never the token', async (t) => {
  const visitor = await visit(t)
  const pages = [
    await visitor.get('/stages'),
    await visitor.get('/'),
    await visitor.post('/login', { name: 'Ann' }),
    await visitor.post('/logout'),
  ]
  const tokens = pages.flatMap(({ cookies }) => cookies.map((line) => line.slice(4, line.indexOf(';'))))
  t.is(await visitor.demo.stop(), 0)
  const entries = auditOf(visitor.demo)
  t.deepEqual(
    entries.map(({ method, path, endReason }) => [method, path, endReason]),
    [
      ['GET', '/stages', null],
      ['GET', '/', null],
      ['POST', '/login', null],
      ['POST', '/logout', 'logout'],
    ],
  )
  t.is(entries[0]?.['id'], null)
  t.is(entries[1]?.['id'], idOf(pages[1]!))
  for (const { ms } of entries) t.is(typeof ms, 'number')
  t.is(tokens.length, 3)
  for (const token of tokens) t.false(visitor.demo.lines.some((line) => line.includes(token)))
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends the program cleanly`, async (t) => {
    const { demo } = await visit(t)
    t.is(await demo.stop(signal), 0)
  })
}

test('every answer forbids scripts and frames', async (t) => {
  const visitor = await visit(t)
  const { headers } = await request.get(visitor.demo.url)
  t.regex(headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/)
})
