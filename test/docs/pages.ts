import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the package. */
export const ROOT: string = fileURLToPath(new URL('../../../', import.meta.url))

/** A page of the documentation. */
export interface Page {
  /** Relative to the package. */
  readonly path: string
  readonly text: string
}

export function readPage(path: string): Page {
  return { path, text: readFileSync(ROOT + path, 'utf8') }
}

/** README, CHANGELOG and all pages below docs. */
export const PAGES: readonly Page[] = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`),
].map(readPage)

/** A block of code, with the line of the page it begins in. */
export interface Block {
  readonly page: Page
  readonly line: number
  readonly code: string
}

/** The blocks of that language on all pages. */
export function blocksOf(language: string): Block[] {
  return PAGES.flatMap((page) =>
    [...page.text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => ({
      page,
      line: page.text.slice(0, match.index).split('\n').length + 1,
      code: match[1]!,
    })),
  )
}

/** What a heading is called in links, by GitHub's rule. */
export function anchorsOf({ text }: Page): string[] {
  return [...text.replaceAll(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  )
}
