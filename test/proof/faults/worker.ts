import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Report } from '../program.ts'

const run = promisify(execFile)

type Finding = readonly [claim: string, holds: boolean, detail: string]

/** Runs a program beside this one by a shell command that ends in `"$@"`, and takes over what it found. */
export async function report(to: Report, script: string, name: string, ...args: string[]): Promise<void> {
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url))
  const { stdout } = await run('sh', ['-c', script, 'sh', process.execPath, file, ...args])
  for (const finding of JSON.parse(stdout) as Finding[]) to.check(...finding)
}

/** What such a program found: told at its end, as one line. */
export class Findings {
  readonly #findings: Finding[] = []

  /** `seen` and `expected` as JSON are equal. */
  equal(claim: string, seen: unknown, expected: unknown): void {
    const [left, right] = [JSON.stringify(seen), JSON.stringify(expected)]
    this.#findings.push([claim, left === right, left === right ? '' : `${left}, expected ${right}`])
  }

  tell(): void {
    // What the store still tries to do must not keep the process.
    process.stdout.write(JSON.stringify(this.#findings), () => process.exit())
  }
}
