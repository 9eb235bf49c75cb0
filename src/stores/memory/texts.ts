/** Pages of 4096. */
const BITS = 12
const MASK = 2 ** BITS - 1

/** A column of texts that grows by the page: a single array of a million stops the process when it grows. */
export class Texts {
  #pages: string[][] = []

  get(slot: number): string {
    return this.#pages[slot >>> BITS]![slot & MASK]!
  }

  set(slot: number, text: string): void {
    const page = (this.#pages[slot >>> BITS] ??= [])
    page[slot & MASK] = text
  }

  clear(): void {
    this.#pages = []
  }
}
