import { existsSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type Demo, startDemo } from '../demo/demo-process.ts'

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
// Without a browser the checks are skipped, and AVA says so; in CI they fail.
const wanted = existsSync(executablePath) || process.env['CI'] === 'true'
export const checked: typeof test.serial | typeof test.skip = wanted ? test.serial : test.skip

let browser: Browser | undefined
let demo: Demo | undefined

test.before(async () => {
  if (!wanted) return
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  demo = await startDemo()
})

test.after.always(async () => {
  await browser?.close()
  await demo?.stop()
})

/** Somebody at the page, by mouse or keyboard. */
export class Walk {
  readonly page: Page
  /** What the page complained of on its console. */
  readonly complaints: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('console', (message) => this.complaints.push(message.text()))
    page.on('pageerror', (error) => this.complaints.push(String(error)))
  }

  async open(scenario: string): Promise<void> {
    await this.page.locator(`nav a[href="#${scenario}"]`).click()
    await this.page.locator(`nav a[href="#${scenario}"][aria-current]`).waitFor()
  }

  /** Presses a button of the scenario, by default the first one, and resolves when its outcome is shown. */
  async press(label?: string): Promise<string> {
    const buttons = this.page.locator('#actions button')
    const button =
      label === undefined
        ? buttons.first()
        : this.page.locator('#actions').getByRole('button', { name: label, exact: true })
    const answered = this.page.waitForResponse(/\/play$/)
    await button.click()
    await (await answered).finished()
    await this.page.locator('#scenario:not([aria-busy]) .verdict').waitFor()
    return this.page.locator('.verdict').innerText()
  }

  /** The rows of the outcome, without their head. */
  async table(): Promise<string[][]> {
    const rows = await this.page.locator('#outcome tbody tr').all()
    return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()))
  }

  /** What the lane says of a stage. */
  stage(name: string): Promise<string> {
    const row = this.page
      .locator('.lane tbody tr')
      .filter({ has: this.page.getByText(name, { exact: true }) })
    return row.innerText()
  }

  card(title: string): Promise<string> {
    return this.page
      .locator('.card')
      .filter({ has: this.page.getByRole('heading', { name: title }) })
      .innerText()
  }
}

export async function walk(
  t: ExecutionContext,
  options: BrowserContextOptions = {},
  { url }: Demo = demo!,
): Promise<Walk> {
  const context = await browser!.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  t.teardown(() => context.close())
  const walked = new Walk(await context.newPage())
  await walked.page.goto(url)
  await walked.page.locator('#actions button').first().waitFor()
  return walked
}

/** One more tab of the same browser. */
export async function secondTab({ page }: Walk): Promise<Walk> {
  const walked = new Walk(await page.context().newPage())
  await walked.page.goto(demo!.url)
  await walked.page.locator('#actions button').first().waitFor()
  return walked
}
