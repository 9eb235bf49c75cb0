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

/** README, CONTRIBUTING, CHANGELOG and all pages below docs. */
export const PAGES: readonly Page[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`),
].map(readPage)

/** The pages of the manual that are about a topic: not the index, not the decisions. */
export const TOPICS: readonly Page[] = PAGES.filter(({ path }) => /^docs\/[a-z0-9-]+\.md$/.test(path))

/** A block of code, with the line of the page it begins in. */
export interface Block {
  readonly page: Page
  readonly line: number
  readonly code: string
}

/** The blocks of that language on all pages. */
export function blocksOf(language: string, pages: readonly Page[] = PAGES): Block[] {
  return pages.flatMap((page) =>
    [...page.text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map((match) => ({
      page,
      line: page.text.slice(0, match.index).split('\n').length + 1,
      code: match[1]!,
    })),
  )
}

/** What is to be read as sentences: neither code nor tables. */
export function proseOf({ text }: Page): string {
  return text.replaceAll(/^```.*?^```$/gms, '').replaceAll(/^\|.*$/gm, '')
}

/** The text below a heading of the second or third level, up to the next heading of that level. */
export function sectionOf(path: string, heading: string): string {
  const [, level, rest] = new RegExp(`^(##+) ${heading}\\n(.*)`, 'ms').exec(readPage(path).text) ?? []
  if (rest === undefined) throw new Error(`There is no section '${heading}' in ${path}`)
  return rest.split(new RegExp(`^#{2,${level!.length}} `, 'm'))[0]!
}

/** The names in the first column of the tables in a text, in their order. */
export function rowsIn(text: string): string[] {
  const cells = [...text.matchAll(/^\| ((?:`[^`]+`(?: \([^)]*\))?(?:, )?)+) \|/gm)].map(([, cell]) => cell!)
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w:.-]+)[^`]*`/g)].map(([, name]) => name!))
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
