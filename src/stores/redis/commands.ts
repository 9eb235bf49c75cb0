import { within } from '../engines/deadline.ts'
import type { Connection } from './client.ts'
import { explain, isUnknownScript, type Operation, Unanswered, Unsent } from './failure.ts'
import type { Script } from './scripts.ts'

/** Sends commands, each with a deadline of ours whatever the client does. All reject with errors of this package. */
export class Commands {
  readonly connection: Connection
  readonly #timeout: number

  constructor(connection: Connection, timeout: number) {
    this.connection = connection
    this.#timeout = timeout
  }

  /** When an operation that begins now has to be over. */
  deadline(): number {
    return performance.now() + this.#timeout
  }

  /** `key`: where in a Cluster the command goes. */
  async send(
    operation: Operation,
    key: string | undefined,
    args: string[],
    deadline: number = this.deadline(),
  ): Promise<unknown> {
    try {
      return await this.#send(key, args, deadline)
    } catch (error) {
      throw explain(operation, error)
    }
  }

  /** By its name, or whole where the server does not know it: after a start, a failover, a `SCRIPT FLUSH`. */
  async run(
    operation: Operation,
    { sha, source }: Script,
    key: string,
    args: readonly string[],
    deadline: number = this.deadline(),
  ): Promise<unknown> {
    try {
      return await this.#send(key, ['EVALSHA', sha, '1', key, ...args], deadline).catch((error: unknown) => {
        if (isUnknownScript(error)) return this.#send(key, ['EVAL', source, '1', key, ...args], deadline)
        throw error
      })
    } catch (error) {
      throw explain(operation, error)
    }
  }

  /** A command that a client keeps for later would run when its request has long failed, so it is kept here. */
  #send(key: string | undefined, args: string[], deadline: number): Promise<unknown> {
    const { connection } = this
    const ask = (): Promise<unknown> =>
      within(deadline, connection.exec(key, args), () => new Unanswered('no reply')).then(plain)
    if (!connection.holding) return ask()
    return within(deadline, connection.ready(), () => new Unsent('not connected')).then(ask)
  }
}

/** Some clients can be told to give numbers as text. */
export function isOne(reply: unknown): boolean {
  return Number(reply) === 1
}

/** Texts, numbers, `null` and lists of them, whatever the client is set to. */
function plain(reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString()
  return Array.isArray(reply) ? reply.map(plain) : reply
}
