import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { KOA_MODULE } from './koa.ts'

const run = promisify(execFile)
const ENTRY = JSON.stringify(new URL('../../src/index.js', import.meta.url))

/** The warnings of a process of its own, as `[code, message]`. The script may use Koa, all exports as `all`, and `get(app, path)`. */
export async function warnings(
  environment: Record<string, string>,
  script: string,
): Promise<[string, string][]> {
  const program = `
    import Koa from '${KOA_MODULE}'
    import * as all from ${ENTRY}
    const { CookieState, MemoryStore, NullStore, session } = all
    const seen = []
    process.on('warning', ({ code, message }) => seen.push([code, message]))
    process.on('exit', () => console.log(JSON.stringify(seen)))
    async function get(app, ...paths) {
      app.silent = true
      const server = app.listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const answers = []
      let cookie = 'none=0'
      for (const path of paths) {
        const answer = await fetch('http://127.0.0.1:' + server.address().port + path, { headers: { cookie } })
        cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
        answers.push(await answer.text())
      }
      server.closeAllConnections()
      server.close()
      return answers
    }
    ${script}
  `
  const { NODE_ENV: _, ...env } = process.env
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...env, ...environment },
  })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as [string, string][]
}
