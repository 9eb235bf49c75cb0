import { createHash } from 'node:crypto'

export const LATER: number = Date.now() + 24 * 3_600_000

/** A record that shows whether it is whole. */
export interface Entry {
  readonly count: number
  readonly filler: string
}

export function format(count: number, filler: string): string {
  return JSON.stringify({ count, filler, sum: sumOf(count, filler) })
}

/** `undefined`: torn, or a mix of two. */
export function parse(text: string): Entry | undefined {
  const { count, filler, sum } = JSON.parse(text) as Entry & { sum: string }
  return sum === sumOf(count, filler) ? { count, filler } : undefined
}

/** From nothing to half a megabyte: most writes are small, some take several system calls and a while. */
export function fillerOf(chance: number): string {
  return String(chance % 10).repeat(chance > 240 ? 500_000 : chance * 40)
}

function sumOf(count: number, filler: string): string {
  return createHash('sha256').update(`${count} ${filler}`).digest('hex')
}
