import { stop } from '../../../src/index.ts'
import { note, type Row, wait } from './row.ts'

const HANDLER_FAILED = { message: /^handler failed$/ }

const answer = async (what: string): Promise<string> => (await wait(), what)
const failing = async (): Promise<never> => {
  await wait()
  throw new Error('not to be had')
}
/** Calls back at once, and twice: what is waited for need not be a promise of the language. */
const thenable = (what: string): PromiseLike<string> => {
  const then = (kept: (value: string) => unknown): unknown => (kept(what), kept(what))
  // oxlint-disable-next-line unicorn/no-thenable -- it is what the row is about
  return { then } as PromiseLike<string>
}

/** What a plain hook yields to have it waited for, and an async one awaits. */
export const WAITING: readonly Row[] = [
  {
    does: 'waits on the way in: the value comes back where it waits, and it is not inward yet',
    *sync(ctx) {
      const got = (yield answer('one')) as string
      note(ctx, got)
      yield
      note(ctx, 'back')
    },
    async *async(ctx) {
      note(ctx, await answer('one'))
      yield
      note(ctx, 'back')
    },
    notes: [['one'], ['back']],
  },
  {
    does: 'waits as often as it likes, on both ways',
    *sync(ctx) {
      note(ctx, (yield answer('one')) as string)
      note(ctx, (yield answer('two')) as string)
      yield
      note(ctx, (yield answer('three')) as string)
      note(ctx, (yield answer('four')) as string)
    },
    async *async(ctx) {
      note(ctx, await answer('one'))
      note(ctx, await answer('two'))
      yield
      note(ctx, await answer('three'))
      note(ctx, await answer('four'))
    },
    notes: [
      ['one', 'two'],
      ['three', 'four'],
    ],
  },
  {
    does: 'waits for a thenable, which settles once whatever it does',
    *sync(ctx) {
      note(ctx, (yield thenable('one')) as string)
      yield
      note(ctx, (yield thenable('two')) as string)
    },
    async *async(ctx) {
      note(ctx, await thenable('one'))
      yield
      note(ctx, await thenable('two'))
    },
    notes: [['one'], ['two']],
  },
  {
    does: 'waits and returns: it goes on inward, and nothing is resumed',
    *sync(ctx) {
      note(ctx, (yield answer('one')) as string)
    },
    async *async(ctx) {
      note(ctx, await answer('one'))
    },
    notes: [['one'], []],
  },
  {
    does: 'waits and returns stop: the handler does not run',
    *sync(ctx) {
      ctx.body = 'answered by the subject'
      note(ctx, (yield answer('one')) as string)
      return stop
    },
    async *async(ctx) {
      ctx.body = 'answered by the subject'
      note(ctx, await answer('one'))
      return stop
    },
    endsHere: true,
    notes: [['one'], []],
  },
  {
    does: 'waits in vain on the way in: the error is thrown where it waits, and it goes on',
    *sync(ctx) {
      try {
        yield failing()
      } catch (error) {
        note(ctx, (error as Error).message)
      }
      note(ctx, (yield answer('one')) as string)
      yield
      note(ctx, 'back')
    },
    async *async(ctx) {
      try {
        await failing()
      } catch (error) {
        note(ctx, (error as Error).message)
      }
      note(ctx, await answer('one'))
      yield
      note(ctx, 'back')
    },
    notes: [['not to be had', 'one'], ['back']],
  },
  {
    does: 'waits in vain on the way in and does not catch that: nothing further in starts',
    *sync(ctx) {
      try {
        yield failing()
        note(ctx, 'never')
      } finally {
        note(ctx, (yield answer('finally')) as string)
      }
    },
    async *async(ctx) {
      try {
        await failing()
        note(ctx, 'never')
      } finally {
        note(ctx, await answer('finally'))
      }
    },
    endsHere: true,
    notes: [['finally'], []],
    outward: { message: /^not to be had$/ },
  },
  {
    does: 'waits in vain on the way out: the error is thrown where it waits, and it ends well',
    *sync(ctx) {
      yield
      try {
        yield failing()
      } catch (error) {
        note(ctx, (error as Error).message)
      }
    },
    async *async(ctx) {
      yield
      try {
        await failing()
      } catch (error) {
        note(ctx, (error as Error).message)
      }
    },
    notes: [[], ['not to be had']],
  },
  {
    does: 'waits in vain on the way out and does not catch that: those further out get the error',
    *sync() {
      yield
      yield failing()
    },
    async *async() {
      yield
      await failing()
    },
    notes: [[], []],
    outward: { message: /^not to be had$/ },
  },
  {
    does: 'waits in its finally block while the error of the handler passes',
    *sync(ctx) {
      try {
        yield
      } finally {
        note(ctx, (yield answer('finally')) as string)
      }
    },
    async *async(ctx) {
      try {
        yield
      } finally {
        note(ctx, await answer('finally'))
      }
    },
    handlerFails: true,
    notes: [[], ['finally']],
    outward: HANDLER_FAILED,
  },
  {
    does: 'waits in its catch block, and ends: the error of the handler is handled',
    *sync(ctx) {
      try {
        yield
      } catch {
        ctx.body = 'answered by the subject'
        note(ctx, (yield answer('caught')) as string)
      }
    },
    async *async(ctx) {
      try {
        yield
      } catch {
        ctx.body = 'answered by the subject'
        note(ctx, await answer('caught'))
      }
    },
    handlerFails: true,
    notes: [[], ['caught']],
  },
]
