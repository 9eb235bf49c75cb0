import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { layoutFaults } from './layout.ts'
import { checked, walk } from './walk.ts'

/** `DEMO_IMAGES=docs/images` takes those of the docs anew. */
const images = process.env['DEMO_IMAGES']
const FOLDER = fileURLToPath(new URL('../../screenshots/', import.meta.url))
const KEPT: Readonly<Record<string, string>> = {
  'login-1280-light': 'demo.png',
  'race-1280-dark': 'demo-dark.png',
  'devices-390-light': 'demo-phone.png',
}

const SCENARIOS = ['life', 'flash', 'login', 'race', 'late', 'thief', 'devices', 'edits']

for (const width of [1280, 390]) {
  for (const colorScheme of ['light', 'dark'] as const) {
    checked(`nothing overlaps, is cut off or pale: ${width} pixels wide, ${colorScheme}`, async (t) => {
      mkdirSync(FOLDER, { recursive: true })
      const height = width === 390 ? 844 : 900
      const walked = await walk(t, { viewport: { width, height }, colorScheme })
      const { page } = walked
      t.deepEqual(await layoutFaults(page), [], 'at first')
      for (const name of SCENARIOS) {
        const at = `${name}-${width}-${colorScheme}`
        await walked.open(name)
        await walked.press()
        t.deepEqual(await layoutFaults(page), [], at)
        await page.screenshot({ path: `${FOLDER}${at}.png`, fullPage: true })
        const kept = KEPT[at]
        if (name === 'edits') {
          for (const edit of ['Insert timing', 'Replace verifyAddress', 'Remove flash'])
            await walked.press(edit)
          t.deepEqual(await layoutFaults(page), [], `${at}, edited`)
        }
        if (images === undefined || kept === undefined) continue
        await page.screenshot({ path: `${images}/${kept}`, fullPage: width === 1280 })
      }
    })
  }
}

checked('faults of the layout would be noticed', async (t) => {
  const { page } = await walk(t)
  const faultsWith = async (css: string): Promise<string> => {
    await page.locator('h1').evaluate((heading, text) => void (heading.style.cssText = text), css)
    return (await layoutFaults(page)).join('\n')
  }
  t.regex(await faultsWith('width: 3000px'), /The page is \d{4} wide/)
  t.regex(await faultsWith('position: relative; left: -400px'), /Cut off: A session’s life/)
  t.regex(await faultsWith('position: relative; top: 40px'), /Overlap: A session’s life/)
  t.regex(await faultsWith('color: #ddd'), /Contrast 1\.\d: A session’s life/)
  t.is(await faultsWith(''), '')
})
