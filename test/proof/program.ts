import { parseArgs } from 'node:util'

/** What a proof program found out, told as it goes. */
export class Report {
  readonly #tell: (line: string) => void
  /** The claims that did not hold, with what was seen instead. */
  readonly failures: string[] = []
  /** What could not be tried here. */
  readonly skipped: string[] = []

  constructor(tell: (line: string) => void = (line) => console.log(line)) {
    this.#tell = tell
  }

  /** A claim, and whether it held. `detail`: the figures behind it. */
  check(claim: string, holds: boolean, detail = ''): void {
    const line = detail === '' ? claim : `${claim} (${detail})`
    if (!holds) this.failures.push(line)
    this.#tell(`${holds ? 'ok     ' : 'FAILED '} ${line}`)
  }

  /** What this machine cannot try. Where `CI` is true nothing may be left out, so there it is a failure. */
  skip(claim: string, reason: string): void {
    if (process.env['CI'] === 'true') return this.check(claim, false, reason)
    this.skipped.push(claim)
    this.#tell(`skipped ${claim} (${reason})`)
  }
}

/** Options of a proof program are numbers: how much of it to run. */
export type Amounts = Readonly<Record<string, number>>

export type Proof<Options extends Amounts> = (report: Report, amounts: Options) => Promise<void>

/** Runs the proof when its file is the program that was started: `node build/test/proof/races.js --rounds 5`. */
export async function runAsProgram<Options extends Amounts>(
  file: string,
  defaults: Options,
  proof: Proof<Options>,
): Promise<void> {
  if (process.argv[1] !== file) return
  const report = new Report()
  const began = performance.now()
  await proof(report, readAmounts(defaults))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(
    report.failures.length === 0 ? `held, ${seconds} s` : `${report.failures.length} FAILED, ${seconds} s`,
  )
  // Sockets that were kept alive must not keep the program alive.
  process.exit(report.failures.length === 0 ? 0 : 1)
}

function readAmounts<Options extends Amounts>(defaults: Options): Options {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' as const }]))
  const given = Object.entries(parseArgs({ options }).values).map(([name, value]) => {
    const amount = Number(value)
    if (!(amount >= 0)) throw new RangeError(`Expected --${name} to be a number, got '${String(value)}'.`)
    return [name, amount] as const
  })
  return { ...defaults, ...Object.fromEntries(given) }
}
