// What an installed user reads and runs: the manual is in the package, and the README is true there.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test from 'ava'
import { blocksOf, PAGES, readPage, ROOT } from '../docs/pages.ts'
import { COMPILER, exec, install, type Installed } from './install.ts'
import { IMPORTING, REQUIRING } from './programs.ts'

let installed: Installed
let root: string
test.before(async (t) => {
  t.timeout(120_000)
  installed = await install()
  root = join(installed.folder, 'node_modules/koa-session-pipeline')
  await compileReadme()
})
test.after.always(() => installed?.remove())

/** Starts a program on a free port, asks it for the paths in turn as one browser, and prints what it answers. */
const ASKING = `
import { Server } from 'node:http'
const listen = Server.prototype.listen
Server.prototype.listen = function () {
  this.once('listening', async () => {
    let cookie = ''
    const url = 'http://127.0.0.1:' + this.address().port
    for (const path of process.argv.slice(2)) {
      const answer = await fetch(url + path, { headers: cookie ? { cookie } : {} })
      const set = answer.headers.get('set-cookie')
      if (set) cookie = set.split(';')[0]
      console.log(await answer.text(), set ? 'new cookie' : 'same cookie')
    }
    process.exit()
  })
  return listen.call(this, 0, '127.0.0.1')
}
`

/** Compiles the blocks of the README as a user would; the blocks that lean on a text get what they lean on. */
async function compileReadme(): Promise<void> {
  const folder = join(installed.folder, 'readme')
  await mkdir(folder)
  const blocks = blocksOf('ts', [readPage('README.md')])
  for (const [index, { code }] of blocks.entries()) {
    const before =
      /\bapp\b/.test(code) && !code.includes('new Koa')
        ? `import Koa from 'koa'\nconst app = new Koa()\n`
        : ''
    await writeFile(join(folder, `block-${index}.ts`), before + code)
  }
  const compilerOptions = { module: 'nodenext', target: 'es2023', types: ['node'], strict: true }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  await writeFile(join(folder, 'asking.mjs'), ASKING)
  const compiled = await exec(process.execPath, [COMPILER, '-p', folder, '--pretty', 'false'], folder)
  if (compiled.failed) throw new Error(compiled.output)
}

/** A folder in which `koa` is Koa 2.15, with the files of the README. */
async function withKoa2(): Promise<string> {
  const folder = join(installed.folder, 'readme', 'koa2')
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  if (!existsSync(join(folder, 'node_modules/koa')))
    await symlink(join(ROOT, 'node_modules/koa2'), join(folder, 'node_modules/koa'))
  return folder
}

const asked = async (folder: string, program: string, ...paths: readonly string[]): Promise<string> =>
  (await exec(process.execPath, ['--import', './asking.mjs', program, ...paths], folder)).output

for (const koa of ['3', '2.15']) {
  const folderOf = async (): Promise<string> => {
    if (koa === '3') return join(installed.folder, 'readme')
    const folder = await withKoa2()
    for (const file of ['asking.mjs', 'block-0.js', 'block-1.js'])
      await writeFile(join(folder, file), readFileSync(join(installed.folder, 'readme', file)))
    return folder
  }

  test.serial(`the counter of the README counts, on Koa ${koa}`, async (t) => {
    const said = await asked(await folderOf(), 'block-0.js', '/', '/', '/')
    t.is(said, '1 views new cookie\n2 views same cookie\n3 views same cookie\n')
  })

  test.serial(`the login of the README gives a new token and keeps the views, on Koa ${koa}`, async (t) => {
    const said = await asked(await folderOf(), 'block-1.js', '/', '/login', '/', '/logout')
    t.is(
      said,
      'Nobody: 1 views new cookie\nAnn: 2 views new cookie\nAnn: 3 views same cookie\nNobody: 1 views new cookie\n',
    )
  })

  test.serial(`ESM and CommonJS load every entry, on Koa ${koa}`, async (t) => {
    const folder = await folderOf()
    await writeFile(join(folder, 'importing.mjs'), IMPORTING)
    await writeFile(join(folder, 'requiring.cjs'), REQUIRING)
    for (const program of ['importing.mjs', 'requiring.cjs']) {
      const { output } = await exec(process.execPath, ['--no-warnings', program], folder)
      t.is(output, 'persist 20 true true\n', program)
    }
  })
}

test('Koa 2.15 is what is tried as Koa 2.15', async (t) => {
  const { version } = JSON.parse(
    readFileSync(join(await withKoa2(), 'node_modules/koa/package.json'), 'utf8'),
  ) as {
    version: string
  }
  t.regex(version, /^2\.15\./)
})

test('the manual is in the package, and its links lead somewhere', (t) => {
  for (const { path } of PAGES) {
    t.true(existsSync(join(root, path)), path)
    for (const [, link] of readFileSync(join(root, path), 'utf8').matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)) {
      // The tests are in the repository alone, as the pages say.
      if (/^[a-z]+:/.test(link!) || /(^|\/)test\//.test(link!)) continue
      t.true(existsSync(join(root, dirname(path), link!)), `${path}: ${link}`)
    }
  }
})

test('no source map is without its sources', (t) => {
  const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
  const maps = files.filter((file) => file.endsWith('.map'))
  t.true(maps.length > 100)
  for (const map of maps) {
    const { sources } = JSON.parse(readFileSync(join(root, 'dist', map), 'utf8')) as { sources: string[] }
    for (const source of sources)
      t.true(existsSync(join(root, 'dist', dirname(map), source)), `${map}: ${source}`)
  }
})

test('the package has a version to be published, and the changelog has an entry for it', (t) => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  t.regex(version, /^[1-9]\d*\.\d+\.\d+$/)
  t.regex(
    readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
    new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d\\d-\\d\\d$`, 'm'),
  )
})
