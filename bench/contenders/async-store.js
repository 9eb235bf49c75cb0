/** A store for us that answers with promises; apart from that the least that its contract asks for. */
export class AsyncStore {
  capabilities = { atomic: true, shared: false, durable: false, expires: false, lock: false }
  #records = new Map()
  #versions = 0

  async get(id) {
    return this.#records.get(id)
  }

  async set(id, data, expiresAt, when) {
    const current = this.#records.get(id)
    const holds =
      when === 'absent' ? !current : when === 'present' ? current : current?.version === when.version
    if (!holds) return { ok: false, current }
    const version = String((this.#versions += 1))
    this.#records.set(id, { data, version, expiresAt })
    return { ok: true, version }
  }

  async touch(id, expiresAt, version) {
    const current = this.#records.get(id)
    if (current?.version !== version) return false
    this.#records.set(id, { ...current, expiresAt: Math.max(expiresAt, current.expiresAt) })
    return true
  }

  async delete(id) {
    return this.#records.delete(id)
  }
}
