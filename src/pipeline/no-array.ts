import { SessionConfigError } from '../errors.ts'

/** The methods of arrays that are tried on a pipeline, and what does the same. */
const INSTEAD: Readonly<Record<string, string>> = {
  push: 'append(stage)',
  concat: 'append(stage)',
  unshift: 'prepend(stage)',
  pop: 'remove(name)',
  shift: 'remove(name)',
  filter: 'remove(name)',
  map: 'replace(name, stage)',
  splice: 'before(name, stage), after(name, stage), replace(name, stage) or remove(name)',
  toSpliced: 'before(name, stage), after(name, stage), replace(name, stage) or remove(name)',
}

/** Without types a pipeline is easily taken for an array: its methods say what to write instead. */
export function refuseArrayMethods(prototype: object): void {
  for (const [method, instead] of Object.entries(INSTEAD)) {
    const value = (): never => {
      throw new SessionConfigError(
        `A pipeline is no array and has no ${method}(). Return the new pipeline that ${instead} makes.`,
      )
    }
    Object.defineProperty(prototype, method, { value })
  }
}
