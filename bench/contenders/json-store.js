/** A store for koa-session, which brings none: keeps JSON and answers asynchronously, as stores in production do. */
export class JsonStore {
  #texts = new Map()

  async get(key) {
    const text = this.#texts.get(key)
    return text && JSON.parse(text)
  }

  async set(key, value) {
    this.#texts.set(key, JSON.stringify(value))
  }

  async destroy(key) {
    this.#texts.delete(key)
  }
}
