import { type Base, type Entry, Fields } from './fields.ts'

/** When single keys disappear, in milliseconds since the epoch. */
export class Deadlines extends Fields {
  constructor(base: Base) {
    super('k', base)
  }

  protected override encode(_name: string, { value }: Entry): string {
    return String(value)
  }

  protected override decode(text: string): Entry {
    return { value: Number(text), assigned: 0, mark: 0 }
  }
}
