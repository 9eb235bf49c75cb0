import fs from 'fs-extra'
import { StoreUnavailableError } from '../../errors.ts'

/**
 * Bounds how many files the store has open at a time, and waits when the process has no descriptor
 * left: fs-extra tries again by itself, for longer than a request can wait.
 */
export class Descriptors {
  #free: number
  readonly #patience: number
  readonly #waiting: (() => void)[] = []

  constructor(max: number, patience: number) {
    this.#free = max
    this.#patience = patience
  }

  /** What is opened is closed through `close`. */
  async open(path: string, flags: number, mode?: number): Promise<number> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await this.#open(path, flags, mode)
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  /** Synchronous: nothing of ours is left to be written by it. */
  close(fd: number): void {
    try {
      fs.closeSync(fd)
    } finally {
      this.#leave()
    }
  }

  #open(path: string, flags: number, mode: number | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      let answered = false
      let late = false
      const giveUp = (): void => {
        if (answered) return
        late = true
        reject(new StoreUnavailableError('No file could be opened: too many are open.', { outcome: 'none' }))
      }
      // A busy event loop is not a lack of descriptors: answers that have come already are heard first.
      const timer = setTimeout(() => setImmediate(giveUp), this.#patience)
      fs.open(path, flags, mode, (error, fd) => {
        answered = true
        clearTimeout(timer)
        if (error) reject(error)
        else if (late) this.#undo(fd, path, flags)
        else resolve(fd)
      })
    })
  }

  #undo(fd: number, path: string, flags: number): void {
    fs.closeSync(fd)
    if (flags & fs.constants.O_CREAT) fs.unlinkSync(path)
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free += 1
    else next()
  }
}
