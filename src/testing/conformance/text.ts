import assert from 'node:assert/strict'
import { SessionError } from '../../index.ts'
import { HOUR, times } from './trial.ts'
import type { Definition } from './trial.ts'

const returned = (name: string, make: () => readonly string[]): Definition => ({
  name,
  async run(trial) {
    for (const [n, text] of make().entries()) {
      await trial.create(`id ${n}`, text)
      await trial.assertData(`id ${n}`, text, `text ${n} of ${text.length} characters came back altered`)
    }
  },
})

/** All characters that UTF-8 and UTF-16 both know, the surrogates between them left out. */
function everyCharacter(): string {
  const codes = times(0x11_0000, (code) => code).filter((code) => code < 0xd800 || code > 0xdfff)
  return times(codes.length / 0x1000, (n) =>
    String.fromCodePoint(...codes.slice(n * 0x1000, (n + 1) * 0x1000)),
  ).join('')
}

export const text: readonly Definition[] = [
  returned('empty text is text', () => ['', ' ', '\n', '0', 'null', 'undefined', 'false', '{}', '""', '[]']),
  returned('a megabyte comes back whole', () => [
    'x'.repeat(1_048_576),
    'é'.repeat(524_288),
    '"\\'.repeat(524_288),
  ]),
  returned('every character of Unicode comes back', () => [everyCharacter()]),
  returned('NUL, line ends, byte order marks and blanks at the ends come back', () =>
    '\0|a\0b|\0\0|a\r\nb|\r|\n\n|\u2028\u2029|\ufeffa|a\ufeff| a |\t|a\n|\u001a'.split('|'),
  ),
  returned('emoji and combined characters come back as they were composed', () =>
    '😀|👩‍👩‍👧‍👦|🇪🇺|e\u0301é|\u{1f9d1}\u{1f3fd}|क्षि|\u202eabc|Å\u212b|\ufffd|\uffff'.split('|'),
  ),
  {
    // `JSON.stringify` escapes them, so only other serializers can hand them to a store.
    name: 'lone surrogates come back or are refused, never altered',
    async run(trial) {
      for (const [n, text] of ['\ud800', '\udc00', 'a\udbffb', '\udc00\ud800', '😀\ud83d'].entries()) {
        const id = `id ${n}`
        await trial.create(id, 'before')
        try {
          await trial.store.set(id, text, trial.from(HOUR), 'present')
        } catch (error) {
          assert.ok(error instanceof SessionError, 'the refusal is no error of this package')
          await trial.assertData(id, 'before', 'a refused text took the place of the former one')
          continue
        }
        await trial.assertData(id, text, 'a lone surrogate was altered without a word')
      }
    },
  },
]
