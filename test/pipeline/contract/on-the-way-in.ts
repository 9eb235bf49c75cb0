import type { Context } from 'koa'
import { type Hook, stop } from '../../../src/index.ts'
import { note, type Row, wait } from './row.ts'

const HANDLER_FAILED = { message: /^handler failed$/ }

/** How a hook sends the request inward, or does not. */
export const ON_THE_WAY_IN: readonly Row[] = [
  {
    does: 'yields once: it goes on inward, and is resumed on the way out',
    *sync(ctx) {
      note(ctx, 'on')
      yield
      note(ctx, 'back')
    },
    async *async(ctx) {
      await wait()
      note(ctx, 'on')
      yield
      await wait()
      note(ctx, 'back')
    },
    notes: [['on'], ['back']],
  },
  {
    does: 'returns without yielding: it goes on inward, and nothing is resumed',
    *sync(ctx) {
      note(ctx, 'on')
    },
    async *async(ctx) {
      await wait()
      note(ctx, 'on')
    },
    notes: [['on'], []],
  },
  {
    does: 'has returned without yielding when the handler throws: it is not driven again',
    *sync(ctx) {
      note(ctx, 'on')
    },
    async *async(ctx) {
      note(ctx, 'on')
      await wait()
    },
    handlerFails: true,
    notes: [['on'], []],
    outward: HANDLER_FAILED,
  },
  {
    does: 'returns stop: nothing further in runs, the handler neither, and those entered resume',
    *sync(ctx) {
      note(ctx, 'on')
      ctx.body = 'answered by the subject'
      return stop
    },
    async *async(ctx) {
      note(ctx, 'on')
      await wait()
      ctx.body = 'answered by the subject'
      return stop
    },
    endsHere: true,
    notes: [['on'], []],
  },
  {
    does: 'returns stop after its yield: there is nothing left to stop',
    *sync(ctx) {
      yield
      note(ctx, 'back')
      return stop
    },
    async *async(ctx) {
      yield
      await wait()
      note(ctx, 'back')
      return stop
    },
    notes: [[], ['back']],
  },
  {
    does: 'throws before its yield: nothing further in starts, those further out get the error',
    *sync(ctx) {
      note(ctx, 'on')
      throw new Error('refused')
    },
    async *async(ctx) {
      note(ctx, 'on')
      await wait()
      throw new Error('refused')
    },
    endsHere: true,
    notes: [['on'], []],
    outward: { message: /^refused$/ },
  },
  {
    does: 'turns out to be no generator: that is an error as if it had thrown before its yield',
    sync: function (ctx: Context) {
      note(ctx, 'on')
    } as unknown as Hook,
    async: function (ctx: Context) {
      note(ctx, 'on')
      return Promise.resolve()
    } as unknown as Hook,
    endsHere: true,
    notes: [['on'], []],
    outward: { message: /^The hook of stage '\w+' did not return a generator/, code: 'ERR_STAGE_INVALID' },
  },
]
