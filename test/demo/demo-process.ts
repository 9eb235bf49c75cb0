import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The demo as a process of its own. */
export interface Demo {
  readonly url: string
  /** What it has printed so far. */
  readonly lines: readonly string[]
  /** Asks it to end, and resolves to its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

const PROGRAM = fileURLToPath(new URL('../../docs/demo/app.js', import.meta.url))

/** Starts the compiled demo on a free port, and resolves when it has printed its address. */
export async function startDemo(environment: NodeJS.ProcessEnv = {}): Promise<Demo> {
  const child: ChildProcess = spawn(process.execPath, [PROGRAM], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const lines: string[] = []
  const output = createInterface({ input: child.stdout! })
  const url = await new Promise<string>((resolve, reject) => {
    output.on('line', (line) => {
      lines.push(line)
      const address = /http:\/\/\S+/.exec(line)
      if (address) resolve(address[0])
    })
    void exited.then(([code]) => reject(new Error(`The demo ended with code ${code}.`)))
  })
  // What is printed last arrives after the exit.
  const closed = once(output, 'close')
  return {
    url,
    lines,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const [code] = await exited
      await closed
      return code
    },
  }
}
