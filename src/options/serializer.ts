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
  try {
    for (const sample of SAMPLES) {
      const text: unknown = serializer.stringify(sample)
      if (typeof text !== 'string')
        throw wrongOption('serializer.stringify', 'a function that returns text', text)
      if (serializer.stringify(sample) !== text) throw changing('different texts for the same value')
      if (serializer.stringify(serializer.parse(text)) !== text)
        throw changing('another text for what serializer.parse had made of its text')
    }
  } catch (cause) {
    if (cause instanceof SessionConfigError) throw cause
    throw new SessionConfigError(
      'Expected serializer to write and to read plain strings, numbers, lists and objects, got an error: see its cause.',
      { cause },
    )
  }
  return serializer
}

function changing(got: string): SessionConfigError {
  return new SessionConfigError(
    `Expected serializer.stringify to give a value that has not changed the text it had, got ${got}. ` +
      'To encrypt, sign or compress records, wrap the store instead: it gets each record as one text.',
  )
}
