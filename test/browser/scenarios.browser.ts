import type { ExecutionContext } from 'ava'
import { startDemo } from '../demo/demo-process.ts'
import { checked, secondTab, type Walk, walk } from './walk.ts'

/** The text of something, when it has become what is expected. */
async function shows({ page }: Walk, selector: string, expected: RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: expected }).first().waitFor()
}

async function start(t: ExecutionContext, scenario: string): Promise<Walk> {
  const walked = await walk(t)
  await walked.open(scenario)
  return walked
}

checked('the life of a session is shown: the lane, the wire, the store, the deadline', async (t) => {
  const walked = await start(t, 'life')
  await walked.press('Only read')
  t.regex(await walked.card('Session'), /None: nothing is stored/)
  await walked.press()
  t.regex(await walked.stage('identify'), /shows no token.*ms.*Sent a new token.*ms/s)
  t.regex(await walked.stage('persist'), /Nothing to load.*Created the record/s)
  t.regex(await walked.stage('verifyAddress'), /switched off/)
  t.regex(await walked.stage('handler'), /ms/)
  t.regex(await walked.card('Session'), /views 1/)
  t.regex(await walked.card('On the wire'), /set-cookie\s+sid=[\w-]{6}…; Path=\/; HttpOnly/)
  t.regex(await walked.card('In the store'), /Before\s+Nothing\.\s+After.*d"views":1.*session:created/s)
  t.regex(await walked.card('Deadline'), /19 min \d+ s left|20 min left/)
  t.deepEqual(walked.complaints, [])
})

checked('the clock moves the deadline past the threshold, and then past its end', async (t) => {
  const walked = await start(t, 'life')
  await walked.press('Keep a code for 5 minutes')
  t.regex(await walked.card('Session'), /code (5 min|4 min \d+ s) left/)
  await walked.page.getByRole('button', { name: 'Move the clock by 10 min' }).click()
  await shows(walked, '#rule', /Past the mark: the next use moves the deadline/)
  await shows(walked, '[data-key]', /over/)
  await walked.press('Only read')
  t.regex(await walked.stage('persist'), /Moved the deadline/)
  t.regex(await walked.stage('expireKeys'), /Left out: code/)
  for (let moves = 0; moves < 2; moves += 1)
    await walked.page.getByRole('button', { name: 'Move the clock by 10 min' }).click()
  await shows(walked, '#left', /Over/)
  await walked.press('Only read')
  t.regex(await walked.stage('persist'), /past its deadline/)
  t.regex(await walked.card('In the store'), /session:expired/)
})

checked('the deadline runs down by itself', async (t) => {
  const walked = await start(t, 'life')
  await walked.press()
  const left = await walked.page.locator('#left').innerText()
  await walked.page.locator('#left').filter({ hasNotText: left }).waitFor()
  t.regex(await walked.page.locator('#left').innerText(), /19 min/)
})

checked('flash waits over the redirects', async (t) => {
  const walked = await start(t, 'flash')
  await walked.press()
  t.deepEqual(await walked.table(), [
    ['After two redirects', 'Your address is saved.'],
    ['The page once more', 'none'],
  ])
  const item = (name: RegExp): Promise<void> =>
    walked.page.locator('#list button').filter({ hasText: name }).first().click()
  await item(/POST \/address/)
  t.regex(await walked.card('Session'), /Flash now\s+none\s+Flash waiting\s+notice "Your address is saved."/)
  await item(/GET \/detour/)
  t.regex(await walked.card('Session'), /Flash now\s+notice.*Flash waiting\s+notice/s)
  await walked.page
    .locator('#list button')
    .filter({ hasText: /GET \/overview/ })
    .nth(1)
    .click()
  t.regex(await walked.stage('flash'), /Shown, so swept: notice/)
  t.regex(await walked.card('Session'), /Flash now\s+notice.*Flash waiting\s+none/s)
})

checked('login changes the id, and after logout the page is plainly logged out', async (t) => {
  const walked = await start(t, 'login')
  await walked.press()
  const [ids, tokens] = await walked.table()
  for (const [, before, after] of [ids!, tokens!]) {
    t.regex(before!, /^[\w-]{6}…$/)
    t.not(before, after)
  }
  await shows(walked, '#browsers', /Laptop logged in as Ann/)
  t.deepEqual(await walked.page.locator('#actions button').allInnerTexts(), ['Log out'])
  t.regex(await walked.press(), /Logged out/)
  await shows(walked, '#browsers', /Laptop logged out/)
  t.deepEqual(await walked.page.locator('#actions button').allInnerTexts(), ['Log in as Ann'])
  t.regex(await walked.card('Session'), /None: nothing is stored/)
  t.notRegex(await walked.page.locator('main').innerText(), /logged in as Ann/)
})

checked('twenty requests at once lose what the mode lets them lose', async (t) => {
  const walked = await start(t, 'race')
  await walked.press()
  t.deepEqual(await walked.page.locator('#outcome thead th').allInnerTexts(), ['last-write', 'merge', 'lock'])
  t.deepEqual(await walked.table(), [
    ['Each sets a key of its own', '19', '0', '0'],
    ['All count up one key', '19', '19', '0'],
    ['All count with update()', '0', '0', '0'],
  ])
  await shows(walked, '#list .what', /20 × POST \/race\/merge\/boxes/)
})

checked('a slow request does not undo a logout', async (t) => {
  const walked = await start(t, 'late')
  t.regex(await walked.press(), /^Still logged out/)
  await shows(walked, '#browsers', /Laptop logged out/)
  await walked.page.locator('#list button').filter({ hasText: 'POST /slow' }).click()
  t.regex(await walked.card('In the store'), /session:conflict/)
})

checked('a thief is let in without the bindings, and not with them', async (t) => {
  const walked = await start(t, 'thief')
  await walked.press()
  t.deepEqual(await walked.table(), [
    ['The thief', 'logged in as Ann', 'logged out: address mismatch'],
    ['Ann, afterwards', 'logged in as Ann', 'logged out: address mismatch'],
  ])
  await walked.page.locator('#list li').filter({ hasText: 'Thief' }).first().getByRole('button').click()
  t.regex(await walked.stage('verifyAddress'), /Another address: the session ends/)
})

checked('one click ends the sessions of the other devices', async (t) => {
  const walked = await start(t, 'devices')
  await walked.press()
  t.is((await walked.table()).length, 3)
  await shows(walked, '#browsers', /Tablet logged in as Ann/)
  t.regex(await walked.press(), /401 logged out everywhere/)
  t.deepEqual(await walked.table(), [['Firefox on a laptop', '192.0.2.0/24', 'this device']])
  await shows(walked, '#browsers', /Laptop logged in as Ann.*Phone logged out.*Tablet logged out/s)
  await walked.press('Log out everywhere')
  t.is(await walked.page.locator('#browsers .in').count(), 0)
})

checked('the pipeline is edited live, with the lines that do it', async (t) => {
  const walked = await start(t, 'edits')
  await walked.press()
  const id = (await walked.page.locator('.card dd').first().innerText()).trim()
  await walked.press('Insert timing')
  t.regex(
    await walked.page.locator('#outcome pre').innerText(),
    /stages: \(stages\) => stages\s+\.before\('persist', timing\)/,
  )
  t.regex(await walked.stage('timing'), /ms/)
  t.regex(await walked.card('On the wire'), /server-timing\s+app;dur=/)
  await walked.press('Replace verifyAddress')
  t.notRegex(await walked.stage('verifyAddress'), /switched off/)
  await walked.press('Remove flash')
  t.is(await walked.page.locator('.lane').getByText('flash', { exact: true }).count(), 0)
  await walked.press('Insert timing')
  t.notRegex(await walked.page.locator('#outcome pre').innerText(), /timing/)
  t.is((await walked.page.locator('.card dd').first().innerText()).trim(), id)
})

checked('another store and another state begin anew', async (t) => {
  const walked = await start(t, 'life')
  for (const [store, state, wire] of [
    ['File', 'Header', /x-session-token\s+[\w-]{6}…/],
    ['Sealed cookie', 'Cookie', /set-cookie\s+sid=[\w-]{6}…/],
    ['Memory', 'Parameter', /link\s+<\/\?sid=[\w-]{6}…>/],
  ] as const) {
    await walked.page.getByLabel('Store').selectOption({ label: store })
    await walked.page.getByLabel('State').selectOption({ label: state })
    await walked.page.locator('#none').waitFor()
    t.is(await walked.press(), 'The session has counted 1.', store)
    t.regex(await walked.card('On the wire'), wire, store)
    t.is(await walked.press(), 'The session has counted 2.', store)
  }
  t.deepEqual(walked.complaints, [])
})

checked('the code of a scenario stands beside it', async (t) => {
  const walked = await walk(t)
  for (const name of ['life', 'flash', 'login', 'race', 'late', 'thief', 'devices', 'edits']) {
    await walked.open(name)
    t.regex(await walked.page.locator('.source summary').innerText(), new RegExp(`scenarios/${name}.ts`))
    t.regex(
      await walked.page.locator('.source pre').innerText(),
      new RegExp(`export const ${name}: Scenario`),
    )
    t.is(await walked.page.locator('.primary').count(), 1)
  }
})

checked('the page can be used with the keyboard alone', async (t) => {
  const { page } = await walk(t)
  await page.keyboard.press('Tab')
  t.is(await page.locator(':focus').innerText(), 'Skip to the scenario')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  t.is(await page.locator(':focus').innerText(), 'Write: count a visit')
  await page.keyboard.press('Enter')
  await page.locator('#list button').first().waitFor()
  await page.locator('.verdict').waitFor()
  // The button that was pressed keeps the focus, though the buttons were drawn anew.
  await page.locator(':focus').filter({ hasText: 'Write: count a visit' }).waitFor()
  await page.keyboard.press('Space')
  await page.locator('.verdict').filter({ hasText: 'counted 2' }).waitFor()
  await page.locator('#list button').last().focus()
  await page.keyboard.press('Enter')
  t.is(await page.locator('#list button').last().getAttribute('aria-current'), 'true')
})

checked('the page has landmarks, one heading of the first rank, and says what it shows', async (t) => {
  const { page } = await walk(t)
  for (const role of ['banner', 'navigation', 'main'] as const)
    t.is(await page.getByRole(role).count(), 1, role)
  t.is(await page.getByRole('heading', { level: 1 }).count(), 1)
  t.is(await page.locator('#outcome[role="status"]').count(), 1)
})

checked('a second tab sees nothing of the first one', async (t) => {
  const one = await walk(t)
  await one.open('login')
  await one.press()
  const other = await secondTab(one)
  t.is(await other.page.locator('#list li').count(), 0)
  await other.open('life')
  await other.press('Only read')
  t.regex(await other.card('Session'), /None: nothing is stored/)
})

checked('back leads to the scenario before', async (t) => {
  const walked = await walk(t)
  await walked.open('flash')
  await walked.open('race')
  await walked.page.goBack()
  await walked.page.getByRole('heading', { level: 1, name: 'Flash over redirects' }).waitFor()
  t.is(await walked.page.locator('nav [aria-current]').innerText(), 'Flash over redirects')
})

checked('a server that ends is said, and a button that cannot be answered too', async (t) => {
  const own = await startDemo()
  const { page } = await walk(t, {}, own)
  await own.stop()
  await page.getByText('The connection is lost').waitFor()
  await page.locator('#actions button').first().click()
  await page.locator('.verdict.failed').filter({ hasText: 'cannot be reached' }).waitFor()
  t.pass()
})
