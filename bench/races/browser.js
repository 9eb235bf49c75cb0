/** Keeps cookies as a browser does: whatever the last answer said. */
export class Browser {
  #url
  #cookies = new Map()

  constructor(url) {
    this.#url = url
  }

  /** Another browser with the same cookies: a thief's, or a backup's. */
  copy() {
    const copy = new Browser(this.#url)
    copy.#cookies = new Map(this.#cookies)
    return copy
  }

  async get(path) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(this.#url + path, { headers: cookie === '' ? {} : { cookie } })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    const text = await response.text()
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }

  #keep(line) {
    const [pair, ...attributes] = line.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    const dead = attributes.some((attribute) => {
      const [key, value] = attribute.split('=')
      return key.toLowerCase() === 'expires' && Date.parse(value) <= Date.now()
    })
    if (dead) this.#cookies.delete(name)
    else this.#cookies.set(name, pair.slice(name.length + 1))
  }
}
