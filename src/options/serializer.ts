import { wrongOption } from '../checks/messages.ts'
import type { Serializer } from '../draft/serializer.ts'
import { SessionConfigError } from '../errors.ts'

/** What any serializer can write. */
const SAMPLES: readonly unknown[] = ['ann', { name: 'ann', visits: [1, 2.5, { at: null }], isNew: true }]

/**
 * Change is found by comparing texts, and merged by them: a value that has not changed must have the text it had.
 *
 * @throws SessionConfigError
 */
export function checkSerializer(serializer: Serializer): Serializer {
  if (serializer === JSON) return serializer
  for (const sample of SAMPLES) {
    const texts = textsOf(serializer, sample)
    const other = texts.find((text) => typeof text !== 'string')
    if (other !== undefined) throw wrongOption('serializer.stringify', 'a function that returns text', other)
    const [first, second, again] = texts
    if (first !== second) throw changing('different texts for the same value')
    if (first !== again) throw changing('another text for what serializer.parse had made of its text')
  }
  return serializer
}

/** The text of the sample twice, and that of what has been read back. */
function textsOf(serializer: Serializer, sample: unknown): unknown[] {
  try {
    const text = serializer.stringify(sample)
    const texts: unknown[] = [text, serializer.stringify(sample)]
    if (typeof text === 'string') texts.push(serializer.stringify(serializer.parse(text)))
    return texts
  } catch (cause) {
    throw new SessionConfigError(
      'Expected serializer to write and to read plain strings, numbers, lists and objects, got an error: see its cause.',
      { cause },
    )
  }
}

function changing(got: string): SessionConfigError {
  return new SessionConfigError(
    `Expected serializer.stringify to give a value that has not changed the text it had, got ${got}. ` +
      'To encrypt, sign or compress records, wrap the store instead: it gets each record as one text.',
  )
}
