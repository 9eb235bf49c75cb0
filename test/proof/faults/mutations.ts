import { randomBytes, randomInt } from 'node:crypto'

/** What does not belong where it will stand. */
const WRONG = [null, true, -1, 0, 1e308, 'x', '', [], {}, [null], { a: null }, { a: 'x' }, { count: -1 }]
/** Cut, replaced, lengthened, or with other bits. */
export function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  const at = randomInt(copy.length)
  const noise = randomBytes(randomInt(1, 20))
  const damages = [
    () => copy.subarray(0, at),
    () => randomBytes(randomInt(1, 300)),
    () => Buffer.concat([copy, noise]),
    () => Buffer.concat([copy.subarray(0, at), noise, copy.subarray(at)]),
    () => copy.fill(copy[at]! ^ (1 << randomInt(8)), at, at + 1),
    () => copy.fill(randomInt(256), at),
  ]
  return damages[randomInt(damages.length)]!()
}

/** The text of a record with each part of its metadata and content replaced by what does not belong there. */
export function hostile(text: string): string[] {
  const at = text.indexOf('\n')
  const [head, body] = [text.slice(0, at), text.slice(at + 1)]
  return [
    ...replacedIn(head, ' ').map((other) => `${other}\n${body}`),
    ...replacedIn(body, '\n').map((other) => `${head}\n${other}`),
    ...WRONG.map((other) => `${head}\n${JSON.stringify(other)}`),
    ...WRONG.map((other) => `${JSON.stringify(other)}\n${body}`),
    '',
    '\n',
    head,
    `${head}\n`,
    body,
  ]
}

/** Each field of the first line, or each line, with something else in its place. */
function replacedIn(text: string, between: string): string[] {
  const parts = text.split(between)
  return parts.flatMap((_part, index) =>
    [...WRONG.map((wrong) => JSON.stringify(wrong)), '', '-1', 'd"a":', 'x'].map((wrong) =>
      parts.with(index, wrong).join(between),
    ),
  )
}
