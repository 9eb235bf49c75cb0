import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'

/** The source of the demo: the compiled program lies in build/docs/demo. */
const HERE = new URL('../../../docs/demo/', import.meta.url)

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

interface PublicFile {
  readonly type: string
  readonly text: string
}

/** The files of the page, by their path. They are read once, so no path of a client reaches the disk. */
export const PUBLIC: ReadonlyMap<string, PublicFile> = new Map(
  readdirSync(new URL('public/', HERE)).map((name) => [
    name === 'index.html' ? '/' : `/${name}`,
    { type: TYPES[extname(name)]!, text: readFileSync(new URL(`public/${name}`, HERE), 'utf8') },
  ]),
)

/** The source of a scenario, as it stands in the file. */
export function sourceOf(scenario: string): string {
  return readFileSync(new URL(`scenarios/${scenario}.ts`, HERE), 'utf8')
}

/** Nothing but the files of this site, and no frames. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
}
