import { note, type Row, wait } from './row.ts'

const YIELDED_TWICE = { message: /^Stage '\w+' yielded twice/, code: 'ERR_STAGE_YIELDED_TWICE' }

/** A hook yields once; what becomes of one that does not. */
export const SECOND_YIELD: readonly Row[] = [
  {
    does: 'yields twice: its finally block runs, then those further out get ERR_STAGE_YIELDED_TWICE',
    *sync(ctx) {
      try {
        yield
        yield
        note(ctx, 'never')
      } finally {
        note(ctx, 'finally')
      }
    },
    async *async(ctx) {
      try {
        yield
        await wait()
        yield
        note(ctx, 'never')
      } finally {
        await wait()
        note(ctx, 'finally')
      }
    },
    notes: [[], ['finally']],
    outward: YIELDED_TWICE,
  },
  {
    does: 'yields twice after the handler threw: that error is the cause',
    *sync(ctx) {
      try {
        yield
      } catch {
        note(ctx, 'caught')
        yield
        note(ctx, 'never')
      }
    },
    async *async(ctx) {
      try {
        yield
      } catch {
        await wait()
        note(ctx, 'caught')
        yield
        note(ctx, 'never')
      }
    },
    handlerFails: true,
    notes: [[], ['caught']],
    outward: { ...YIELDED_TWICE, cause: /^handler failed$/ },
  },
  {
    does: 'yields twice and throws when it is ended: that error is the cause',
    *sync(ctx) {
      try {
        yield
        yield
      } finally {
        note(ctx, 'finally')
        // oxlint-disable-next-line no-unsafe-finally -- the row is about exactly this
        throw new Error('worse')
      }
    },
    async *async(ctx) {
      try {
        yield
        yield
      } finally {
        note(ctx, 'finally')
        await wait()
        // oxlint-disable-next-line no-unsafe-finally -- the row is about exactly this
        throw new Error('worse')
      }
    },
    notes: [[], ['finally']],
    outward: { ...YIELDED_TWICE, cause: /^worse$/ },
  },
  {
    does: 'yields inside finally: that is a second yield, and the finally blocks around it run',
    *sync(ctx) {
      try {
        try {
          yield
          note(ctx, 'back')
        } finally {
          note(ctx, 'finally')
          yield
        }
      } finally {
        note(ctx, 'outer finally')
      }
    },
    async *async(ctx) {
      try {
        try {
          yield
          note(ctx, 'back')
        } finally {
          note(ctx, 'finally')
          yield
        }
      } finally {
        await wait()
        note(ctx, 'outer finally')
      }
    },
    notes: [[], ['back', 'finally', 'outer finally']],
    outward: YIELDED_TWICE,
  },
  {
    does: 'yields inside finally while the error of the handler passes: that error is the cause',
    *sync(ctx) {
      try {
        try {
          yield
        } finally {
          yield
        }
      } finally {
        note(ctx, 'outer finally')
      }
    },
    async *async(ctx) {
      try {
        try {
          yield
        } finally {
          await wait()
          yield
        }
      } finally {
        await wait()
        note(ctx, 'outer finally')
      }
    },
    handlerFails: true,
    notes: [[], ['outer finally']],
    outward: { ...YIELDED_TWICE, cause: /^handler failed$/ },
  },
  {
    does: 'yields twice, and again while it is being ended: its finally blocks run to their end',
    *sync(ctx) {
      try {
        try {
          yield
          yield
        } finally {
          yield
          note(ctx, 'end of the inner finally')
        }
      } finally {
        yield
        yield
        note(ctx, 'end of the outer finally')
      }
    },
    async *async(ctx) {
      try {
        try {
          yield
          yield
        } finally {
          yield
          await wait()
          note(ctx, 'end of the inner finally')
        }
      } finally {
        yield
        yield
        await wait()
        note(ctx, 'end of the outer finally')
      }
    },
    notes: [[], ['end of the inner finally', 'end of the outer finally']],
    outward: YIELDED_TWICE,
  },
  {
    does: 'waits on the way out and yields once more: its finally blocks run, and they may wait',
    *sync(ctx) {
      try {
        yield
        yield wait()
        note(ctx, 'back')
        yield
        note(ctx, 'never')
      } finally {
        yield wait()
        note(ctx, 'finally')
      }
    },
    async *async(ctx) {
      try {
        yield
        await wait()
        note(ctx, 'back')
        yield
        note(ctx, 'never')
      } finally {
        await wait()
        note(ctx, 'finally')
      }
    },
    notes: [[], ['back', 'finally']],
    outward: YIELDED_TWICE,
  },
  {
    does: 'yields on the way out what is no promise: that is a second yield, too',
    *sync(ctx) {
      yield
      note(ctx, 'back')
      yield 5 as unknown as undefined
      note(ctx, 'never')
    },
    async *async(ctx) {
      yield
      note(ctx, 'back')
      yield 5 as unknown as undefined
      note(ctx, 'never')
    },
    notes: [[], ['back']],
    outward: YIELDED_TWICE,
  },
  {
    does: 'never stops yielding: the request ends all the same',
    *sync(ctx) {
      try {
        yield
        yield
      } finally {
        note(ctx, 'finally')
        for (;;) yield
      }
    },
    async *async(ctx) {
      try {
        yield
        yield
      } finally {
        note(ctx, 'finally')
        for (;;) yield
      }
    },
    notes: [[], ['finally']],
    outward: YIELDED_TWICE,
  },
]
