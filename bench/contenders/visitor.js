/** What browsers keep of one cookie: name and value, by RFC 6265bis. */
const LIMIT = 4096

/** A browser, as far as cookies go. `send(path, cookie)` resolves to status, `Set-Cookie` lines and body. */
export class Visitor {
  #send
  #cookies = new Map()

  constructor(send) {
    this.#send = send
  }

  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') || undefined
  }

  async get(path) {
    const { status, setCookie, body } = await this.#send(path, this.cookie)
    if (status !== 200) throw new Error(`it answered ${path} with ${status}`)
    for (const line of setCookie) this.#keep(line.split(';')[0])
    return body
  }

  #keep(pair) {
    if (pair.length > LIMIT)
      throw new Error(`its cookie has ${pair.length} bytes, of which no browser keeps more than ${LIMIT}`)
    const at = pair.indexOf('=')
    this.#cookies.set(pair.slice(0, at), pair.slice(at + 1))
  }
}

/** Throws unless what one request stores is there in the next. */
export async function readBack(send) {
  const visitor = new Visitor(send)
  await visitor.get('/seed')
  await visitor.get('/count')
  await visitor.get('/count')
  const { user, views } = JSON.parse(await visitor.get('/data'))
  if (user !== 'alice' || views !== 2) throw new Error('what one request stored is not there in the next')
  const { user: stranger } = JSON.parse(await new Visitor(send).get('/data'))
  if (stranger !== undefined) throw new Error('another visitor sees the same session')
}

/** The cookies of so many visitors whose sessions are filled; one `undefined` for those who have none. */
export async function seeded(send, count) {
  const visitors = Array.from({ length: count }, () => new Visitor(send))
  for (const visitor of visitors) await visitor.get('/seed')
  return count === 0 ? [undefined] : visitors.map(({ cookie }) => cookie)
}
