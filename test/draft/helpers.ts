import { Draft } from '../../src/draft/draft.ts'
import type { Owner } from '../../src/draft/fields.ts'
import { formatLine, type Kind, namedLines, textIn } from '../../src/draft/lines.ts'
import type { Serializer } from '../../src/draft/serializer.ts'
import type { Meta, SessionRecord } from '../../src/record.ts'

export type Values = Record<string, unknown>

/** What a record holds, by kind; of the flash each message bears the mark 0. */
export interface Side {
  readonly data?: Values
  readonly flash?: Values
  readonly annotations?: Values
  readonly deadlines?: Readonly<Record<string, number>>
}

export interface CountingSerializer extends Serializer {
  /** The names of the calls so far, each with its text. */
  readonly calls: string[]
}

export function counting(inner: Serializer = JSON): CountingSerializer {
  const calls: string[] = []
  return {
    calls,
    stringify(value) {
      const text = inner.stringify(value)
      calls.push(`stringify ${text}`)
      return text
    },
    parse(text) {
      calls.push(`parse ${text}`)
      return inner.parse(text)
    },
  }
}

export function linesOf(side: Side, serializer: Serializer = JSON): string {
  const kinds: readonly [Kind, Values | undefined, (value: unknown) => string][] = [
    ['k', side.deadlines, String],
    ['f', side.flash, (value) => `0 ${serializer.stringify(value)}`],
    ['a', side.annotations, (value) => serializer.stringify(value)],
    ['d', side.data, (value) => serializer.stringify(value)],
  ]
  const lines = kinds.flatMap(([kind, values = {}, text]) =>
    Object.entries(values).map(([name, value]) => formatLine(kind, name, text(value))),
  )
  return ['', ...lines, ''].join('\n')
}

/** What the lines of one kind hold. */
export function valuesIn(lines: string, kind: Kind = 'd', serializer: Serializer = JSON): Values {
  return Object.fromEntries(
    [...namedLines(lines, kind)].map(([name, line]) => {
      const text = textIn(line, name)
      return [name, serializer.parse(kind === 'f' ? text.slice(text.indexOf(' ') + 1) : text)]
    }),
  )
}

export function recordOf(lines: string, meta: Partial<Meta> = {}): SessionRecord {
  return { id: 'id', version: '1', expiresAt: 1, meta: { createdAt: 1, updatedAt: 1, ...meta }, lines }
}

export interface Made {
  readonly draft: Draft
  /** Errors that its owner was told of. */
  readonly corrupt: Error[]
  readonly leftOut: string[]
}

export function draftOn(
  record: SessionRecord | undefined,
  serializer: Serializer = JSON,
  mayWrite: () => boolean = () => true,
): Made {
  const corrupt: Error[] = []
  const leftOut: string[] = []
  const owner: Owner = {
    serializer,
    mayWrite,
    corrupt: (error) => void corrupt.push(error),
    leftOut: (_draft, names) => void leftOut.push(...names),
  }
  return { draft: new Draft(owner, record), corrupt, leftOut }
}

/** A draft of a stored session that holds this. */
export const draftOf = (side: Side, serializer: Serializer = JSON): Draft =>
  draftOn(recordOf(linesOf(side, serializer)), serializer).draft
