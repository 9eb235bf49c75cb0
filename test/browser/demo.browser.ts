import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type Demo, startDemo } from '../demo/demo-process.ts'

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
// Without a browser the checks are skipped, and AVA says so; in CI they fail.
const wanted = existsSync(executablePath) || process.env['CI'] === 'true'
const checked = wanted ? test : test.skip
let browser: Browser | undefined

test.before(async () => {
  if (wanted) browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
})

test.after.always(() => browser?.close())

interface Walk {
  readonly page: Page
  /** What the page complained of on its console. */
  readonly complaints: readonly string[]
  readonly goto: (path: string) => Promise<unknown>
  readonly restart: () => Promise<void>
}

async function walk(t: ExecutionContext): Promise<Walk> {
  const folder = mkdtempSync(join(tmpdir(), 'demo-browser-'))
  let demo: Demo = await startDemo(folder)
  const context = await browser!.newContext()
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  t.teardown(async () => {
    await context.close()
    await demo.stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    page,
    complaints,
    goto: (path) => page.goto(demo.url + path), // cookies know no ports, so another port will do
    async restart() {
      await demo.stop()
      demo = await startDemo(folder)
    },
  }
}

const idOn = (page: Page): Promise<string> => page.locator('[data-id]').innerText()
const viewsOn = async (page: Page): Promise<number> => Number(await page.locator('[data-views]').innerText())

checked('the counter goes on after a restart', async (t) => {
  const { page, goto, restart, complaints } = await walk(t)
  await goto('/')
  await page.reload()
  t.is(await viewsOn(page), 2)
  const id = await idOn(page)
  await restart()
  await goto('/')
  t.is(await viewsOn(page), 3)
  t.is(await idOn(page), id)
  t.deepEqual(complaints, [])
})

checked('login by keyboard, cart and logout work, with a restart between', async (t) => {
  const { page, goto, restart, complaints } = await walk(t)
  await goto('/cart')
  await page.getByRole('button', { name: 'Add Notebook' }).click()
  t.is(await page.getByRole('status').innerText(), 'Notebook is in your cart.')
  const anonymous = await idOn(page)

  await page.getByRole('link', { name: 'Login' }).click()
  await page.getByLabel('Your name').focus()
  await page.keyboard.type('Ann & Bo')
  await page.keyboard.press('Enter')
  t.regex(await page.getByRole('status').innerText(), /Welcome, Ann & Bo/)
  const known = await idOn(page)
  t.not(known, anonymous)

  await restart()
  await goto('/cart')
  t.is(await idOn(page), known)
  t.is(await page.locator('[data-count="notebook"]').innerText(), '1')
  t.is(await page.getByRole('status').count(), 0)

  await page.getByRole('link', { name: 'Login' }).click()
  await page.getByRole('button', { name: 'Log out' }).click()
  t.regex(await page.getByRole('status').innerText(), /logged out/)
  t.not(await idOn(page), known)
  t.deepEqual(complaints, [])
})

checked('the page has landmarks, one heading of the first rank, and a skip link that works', async (t) => {
  const { page, goto } = await walk(t)
  for (const path of ['/', '/login', '/cart', '/stages']) {
    await goto(path)
    for (const role of ['banner', 'navigation', 'main', 'contentinfo'] as const) {
      t.is(await page.getByRole(role).count(), 1, `${role} of ${path}`)
    }
    t.is(await page.getByRole('heading', { level: 1 }).count(), 1)
  }
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  t.true(page.url().endsWith('#main'))
})
