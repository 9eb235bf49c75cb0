import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import request from 'superagent'
import { HANDLERS } from './rough-worker.ts'

const WORKER = new URL('rough-worker.js', import.meta.url)

const start = async (t: ExecutionContext): Promise<{ worker: ChildProcess; port: number }> => {
  const worker = fork(WORKER, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  t.teardown(() => worker.kill('SIGKILL'))
  const [port] = (await once(worker, 'message')) as [number]
  return { worker, port }
}

/** When the client goes, after it has sent its request. */
const MOMENTS: Record<string, (data: Promise<unknown>) => Promise<unknown>> = {
  'at once': async () => undefined,
  'after a moment': () => wait(3),
  'when it has seen the beginning of the answer': (data) => Promise.race([data, wait(500)]),
}

for (const [when, moment] of Object.entries(MOMENTS)) {
  test(`clients that go ${when} never end the process, whatever its handlers do`, async (t) => {
    const { worker, port } = await start(t)
    const url = `http://127.0.0.1:${port}`
    const first = await request.get(`${url}/write`)
    const known = String(first.headers['set-cookie']).split(';')[0]!
    for (const path of Object.keys(HANDLERS)) {
      for (const cookie of [known, 'none=0']) {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => undefined)
        const data = once(socket, 'data').catch(() => undefined)
        await once(socket, 'connect')
        const length = path === '/upload' ? 'Content-Length: 100\r\n' : ''
        socket.write(`GET ${path} HTTP/1.1\r\nHost: here\r\nCookie: ${cookie}\r\n${length}\r\nonly this`)
        await moment(data)
        socket.destroy()
      }
      t.is((await request.get(`${url}/write`)).status, 200, path)
    }
    // What is still under way comes to its end.
    await wait(50)
    const ended = once(worker, 'exit')
    worker.send('stop')
    t.deepEqual(await ended, [0, null])
  })
}
