import { type Hook, stop } from '../../../src/index.ts'
import { note, type Row, wait } from './row.ts'

const invalid = (message: RegExp) => ({ message, code: 'ERR_STAGE_INVALID' })

/** What has no meaning on the way in. Types refuse it, and who writes it without types meant to block. */
const loosely = (hook: () => Generator | AsyncGenerator): Hook => hook as unknown as Hook

const returned: readonly [what: string, value: unknown, says: RegExp][] = [
  ['false', false, /^Stage '\w+' returned false on the way in, so the handler was not run\. .*return stop;/],
  ['true', true, /returned true on the way in/],
  ['null', null, /returned null on the way in/],
  ['a number', 5, /returned a number on the way in/],
  ['a text, which can be a token', 'secret', /returned a string on(?!.*secret)/],
  ['an object', { stop: true }, /returned an object on/],
  ['a symbol that is not stop', Symbol('stop'), /returned a symbol on/],
]

const yielded: readonly [what: string, value: unknown, says: RegExp][] = [
  [
    'stop',
    stop,
    /^Stage '\w+' yielded stop on the way in, so the handler was not run\. Write return stop instead\.$/,
  ],
  ['false', false, /yielded false on the way in, .*to skip the handler, return stop\.$/],
  ['null', null, /yielded null on the way in/],
  ['a number', 5, /yielded a number on the way in/],
  ['a function', () => undefined, /yielded a function on the way in/],
]

/** Each of them fails the request before the handler has run. */
export const INVALID: readonly Row[] = [
  ...returned.map(([what, value, says]): Row => ({
    does: `returns ${what} before its yield: ERR_STAGE_INVALID, nothing further in runs`,
    sync: loosely(function* () {
      return value
    }),
    async: loosely(async function* () {
      await wait()
      return value
    }),
    endsHere: true,
    notes: [[], []],
    outward: invalid(says),
  })),
  ...yielded.map(([what, value, says]): Row => ({
    does: `yields ${what} before anything else: ERR_STAGE_INVALID, nothing further in runs`,
    sync: loosely(function* () {
      yield value
    }),
    async: loosely(async function* () {
      await wait()
      yield value
    }),
    endsHere: true,
    notes: [[], []],
    outward: invalid(says),
  })),
  {
    does: 'yields a number after it has waited: its finally blocks run, those that wait too',
    *sync(ctx) {
      try {
        yield wait()
        note(ctx, 'on')
        yield 5 as unknown as undefined
        note(ctx, 'never')
      } catch {
        note(ctx, 'never')
      } finally {
        yield wait()
        note(ctx, 'finally')
      }
    },
    async *async(ctx) {
      try {
        await wait()
        note(ctx, 'on')
        yield 5 as unknown as undefined
        note(ctx, 'never')
      } catch {
        note(ctx, 'never')
      } finally {
        await wait()
        note(ctx, 'finally')
      }
    },
    endsHere: true,
    notes: [['on', 'finally'], []],
    outward: invalid(/yielded a number/),
  },
  {
    does: 'yields a number and throws when it is ended: that error is the cause',
    *sync(ctx) {
      try {
        yield 5 as unknown as undefined
      } finally {
        note(ctx, 'finally')
        yield Promise.reject(new Error('worse'))
      }
    },
    async *async(ctx) {
      try {
        yield 5 as unknown as undefined
      } finally {
        note(ctx, 'finally')
        await Promise.reject(new Error('worse'))
      }
    },
    endsHere: true,
    notes: [['finally'], []],
    outward: { ...invalid(/yielded a number/), cause: /^worse$/ },
  },
  {
    does: 'yields a number, and goes on yielding while it is ended: its finally blocks run to their end',
    *sync(ctx) {
      try {
        yield 5 as unknown as undefined
      } finally {
        yield
        yield wait()
        yield 6 as unknown as undefined
        note(ctx, 'finally')
      }
    },
    async *async(ctx) {
      try {
        yield 5 as unknown as undefined
      } finally {
        yield
        await wait()
        yield 6 as unknown as undefined
        note(ctx, 'finally')
      }
    },
    endsHere: true,
    notes: [['finally'], []],
    outward: invalid(/yielded a number/),
  },
]
