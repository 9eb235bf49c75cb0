import { readdir, readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import test from 'ava'

const STAGES = 'src/stages'

/** What a source takes from other files of the package, or hands on: names with the file they are from. */
async function namesIn(
  file: string,
  statement: 'import' | 'export',
): Promise<[name: string, from: string][]> {
  const source = await readFile(file, 'utf8')
  const pattern = new RegExp(`^${statement}\\s+(?:type\\s+)?(\\*|\\{[^}]*\\})\\s+from\\s+'(\\.[^']+)'`, 'gm')
  return [...source.matchAll(pattern)].flatMap(([, names = '', path = '']) => {
    const from = posix.join(posix.dirname(file), path)
    if (names === '*') return [['*', from]]
    return names
      .replaceAll(/[{}]/g, '')
      .split(',')
      .map((name): [string, string] => [name.replace(/\btype\s+/, '').trim(), from])
      .filter(([name]) => name !== '')
  })
}

const files = (await readdir(STAGES))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => `${STAGES}/${file}`)
const ENTRIES = ['src/index.ts', 'src/stages.ts']
const exported = new Set(
  (await Promise.all(ENTRIES.map((entry) => namesIn(entry, 'export'))))
    .flat()
    .map((pair) => pair.join(' of ')),
)

for (const file of files)
  test(`${file} uses nothing of the package that index.ts and stages.ts do not export`, async (t) => {
    const imported = await namesIn(file, 'import')
    const secret = imported.filter(
      ([name, from]) =>
        posix.dirname(from) !== STAGES &&
        !exported.has(`${name} of ${from}`) &&
        !exported.has(`* of ${from}`),
    )
    t.deepEqual(secret, [])
  })

test('no import of the stages escapes these tests', async (t) => {
  for (const file of files) {
    const source = await readFile(file, 'utf8')
    const paths = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) =>
      posix.join(posix.dirname(file), path),
    )
    t.deepEqual(new Set((await namesIn(file, 'import')).map(([, from]) => from)), new Set(paths), file)
  }
})
