import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A process with one contender and one workload in it. */
export class Worker {
  #process
  #samples = []

  constructor(name, workload) {
    this.#process = fork(new URL('worker.js', import.meta.url), [name, workload], {
      env: { ...process.env, NODE_ENV: 'production' },
    })
    this.ready = once(this.#process, 'message')
  }

  get median() {
    return this.#samples.toSorted((left, right) => left - right)[this.#samples.length >> 1]
  }

  async go() {
    this.#process.send('go')
    const [ns] = await once(this.#process, 'message')
    this.#samples.push(ns)
  }

  stop() {
    this.#process.kill()
  }
}
