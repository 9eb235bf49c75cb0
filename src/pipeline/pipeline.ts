import { SessionConfigError } from '../errors.ts'
import { describe } from '../checks/messages.ts'
import { nearest } from '../checks/nearest.ts'
import type { Stage } from './stage.ts'

/** A name that is not in the list yet; anything else is a compile error. */
export type NewName<Names extends string, Name extends string> = Name extends Names ? never : Name

const ANY = 'before(name, stage), after(name, stage), replace(name, stage) or remove(name)'

/** The methods of arrays that are tried on a pipeline where types do not tell, and what does the same. */
const INSTEAD: Readonly<Record<string, string>> = {
  push: 'append(stage)',
  concat: 'append(stage)',
  unshift: 'prepend(stage)',
  pop: 'remove(name)',
  shift: 'remove(name)',
  filter: 'remove(name)',
  map: 'replace(name, stage)',
  splice: ANY,
  toSpliced: ANY,
}

/**
 * The stages in the order of the way in, outermost first. Immutable: each verb returns a new
 * pipeline. The names are part of the type, so an unknown, duplicate or removed name does not
 * compile; at run time it is a SessionConfigError that lists the current names.
 */
export class Pipeline<Names extends string = string> implements Iterable<Stage<Names>> {
  static {
    for (const [method, instead] of Object.entries(INSTEAD)) {
      const problem = `A pipeline is no array and has no ${method}(). Return the new pipeline that ${instead} makes.`
      const value = (): never => {
        throw new SessionConfigError(problem)
      }
      Object.defineProperty(this.prototype, method, { value })
    }
  }

  readonly #stages: readonly Stage[]
  /** The names in order. */
  readonly names: readonly Names[]

  constructor(stages: readonly Stage<Names>[]) {
    this.#stages = [...stages]
    this.names = Object.freeze(stages.map((stage) => checked(stage).name))
    const twice = this.names.find((name, index) => this.names.indexOf(name) !== index)
    if (twice !== undefined) this.#refuse(`There is a stage '${twice}' already`)
    const order: readonly string[] = this.names
    if (order.includes('persist') && order.indexOf('persist') < order.indexOf('identify')) {
      this.#refuse("'persist' loads the session whose token 'identify' finds, so it goes inside of it")
    }
  }

  /** Puts a stage outside of all others: first on the way in, last on the way out. */
  prepend<New extends string>(added: Stage<NewName<Names, New>>): Pipeline<Names | New> {
    return this.#splice(0, 0, added)
  }

  /** Puts a stage inside of all others, next to the handler. */
  append<New extends string>(added: Stage<NewName<Names, New>>): Pipeline<Names | New> {
    return this.#splice(this.#stages.length, 0, added)
  }

  /** Inserts a stage outside of `anchor`: earlier on the way in, later on the way out. */
  before<New extends string>(anchor: Names, added: Stage<NewName<Names, New>>): Pipeline<Names | New> {
    return this.#splice(this.#indexOf(anchor), 0, added)
  }

  /** Inserts a stage inside of `anchor`: later on the way in, earlier on the way out. */
  after<New extends string>(anchor: Names, added: Stage<NewName<Names, New>>): Pipeline<Names | New> {
    return this.#splice(this.#indexOf(anchor) + 1, 0, added)
  }

  /** Puts a stage in the place of another. A replacement always runs, whatever the options say. */
  replace<Target extends Names, New extends string = Target>(
    target: Target,
    by: Stage<NewName<Exclude<Names, Target>, New>>,
  ): Pipeline<Exclude<Names, Target> | New> {
    return this.#splice(this.#indexOf(target), 1, by)
  }

  /** Takes a stage out. */
  remove<Target extends Names>(target: Target): Pipeline<Exclude<Names, Target>> {
    return this.#splice(this.#indexOf(target), 1)
  }

  /** The stage of that name, to wrap it or put it elsewhere. */
  get<Name extends Names>(name: Name): Stage<Name> {
    return this.#stages[this.#indexOf(name)] as Stage<Name>
  }

  /** From the outermost stage to the innermost. */
  [Symbol.iterator](): IterableIterator<Stage<Names>> {
    return this.#stages[Symbol.iterator]() as IterableIterator<Stage<Names>>
  }

  toString(): string {
    return this.names.join(' › ')
  }

  #indexOf(name: unknown): number {
    const index = (this.names as readonly unknown[]).indexOf(name)
    if (index >= 0) return index
    if (isStage(name)) {
      this.#refuse(
        `Expected the name of a stage first, as in before(name, stage), got the stage '${name.name}'`,
      )
    }
    if (typeof name !== 'string') this.#refuse(`Expected the name of a stage, got ${describe(name)}`)
    if (name === 'handler') {
      this.#refuse('The handler is no stage. It is inside of all of them: append(stage) puts one next to it')
    }
    const guess = nearest(name, this.names)
    return this.#refuse(`There is no stage '${name}'${guess ? `; did you mean '${guess}'` : ''}`)
  }

  #splice<Result extends string>(index: number, removed: number, ...added: Stage[]): Pipeline<Result> {
    const others = this.names.toSpliced(index, removed) as readonly string[]
    const taken = added.find((stage) => others.includes(checked(stage).name))
    if (taken) this.#refuse(`There is a stage '${taken.name}' already`)
    return new Pipeline(this.#stages.toSpliced(index, removed, ...added) as Stage<Result>[])
  }

  #refuse(problem: string): never {
    throw new SessionConfigError(`${problem}. The stages are: ${this.names.join(', ')}.`)
  }
}

function isStage(candidate: unknown): candidate is Stage {
  const { name, hook } = (candidate ?? {}) as Partial<Stage>
  return typeof name === 'string' && typeof hook === 'function'
}

function checked<Name extends string>(candidate: Stage<Name>): Stage<Name> {
  if (isStage(candidate)) return candidate
  throw new SessionConfigError(`Expected a stage made with stage(name, hook), got ${describe(candidate)}.`)
}
