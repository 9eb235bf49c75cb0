const PAGE = 4_096

/** A column of texts that grows by the page: a single array of a million stops the process when it grows. */
export class Texts {
  #pages: string[][] = []

  get(slot: number): string {
    return this.#pages[Math.floor(slot / PAGE)]![slot % PAGE]!
  }

  set(slot: number, text: string): void {
    const page = (this.#pages[Math.floor(slot / PAGE)] ??= [])
    page[slot % PAGE] = text
  }

  clear(): void {
    this.#pages = []
  }
}
