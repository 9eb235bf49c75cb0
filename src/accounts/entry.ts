import type { IndexEntry } from './session-index.ts'

type Fields = readonly [
  id: string,
  createdAt: number,
  authenticatedAt: number,
  usedAt: number,
  addedAt: number,
  until: number,
  idleTimeout: number,
  userAgent: string,
  network: string,
  label?: string,
]

export function toText(entry: IndexEntry): string {
  const { id, createdAt, authenticatedAt, usedAt, addedAt, until, idleTimeout, device } = entry
  const { userAgent, network, label } = device
  const times = [createdAt, authenticatedAt, usedAt, addedAt, until, idleTimeout || 0] as const
  const fields: Fields = [id, ...times, userAgent, network]
  return JSON.stringify(label === undefined ? fields : [...fields, label])
}

/** The entry that a text says; `undefined` for a text that was damaged. */
export function fromText(text: string): IndexEntry | undefined {
  const value = parse(text)
  if (!Array.isArray(value) || value.length < 9 || typeof value[0] !== 'string') return undefined
  const [id, createdAt, authenticatedAt, usedAt, addedAt, until, idleTimeout, userAgent, network, label] =
    value as unknown as Fields
  const times = {
    createdAt,
    authenticatedAt,
    usedAt,
    addedAt,
    until,
    idleTimeout: idleTimeout || false,
  } as const
  return { id, ...times, device: { userAgent, network, label } }
}

/** What a JSON string says; `''` for anything else. */
export function textOf(json: string): string {
  const value = parse(json)
  return typeof value === 'string' ? value : ''
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
