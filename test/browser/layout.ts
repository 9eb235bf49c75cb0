import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

const FIND = readFileSync(new URL('../../../test/browser/find-faults.js', import.meta.url), 'utf8')

/** What is wrong with the layout of a page, in words: nothing, if all can be read. */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate(FIND)
}
