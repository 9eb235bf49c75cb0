import { note, type Row, wait } from './row.ts'

const HANDLER_FAILED = { message: /^handler failed$/ }

/** Errors of the handler and of the hook itself, on the way out. */
export const ERRORS: readonly Row[] = [
  {
    does: 'does not expect the error of the handler: what follows a bare yield does not run',
    *sync(ctx) {
      note(ctx, 'on')
      yield
      note(ctx, 'never')
    },
    async *async(ctx) {
      note(ctx, 'on')
      yield
      note(ctx, 'never')
    },
    handlerFails: true,
    notes: [['on'], []],
    outward: HANDLER_FAILED,
  },
  {
    does: 'has a finally block: it runs when the handler throws, and the error goes on outward',
    *sync(ctx) {
      try {
        yield
      } finally {
        note(ctx, 'finally')
      }
    },
    async *async(ctx) {
      try {
        yield
      } finally {
        await wait()
        note(ctx, 'finally')
      }
    },
    handlerFails: true,
    notes: [[], ['finally']],
    outward: HANDLER_FAILED,
  },
  {
    does: 'catches the error and throws it again: those further out get the very same one',
    *sync(ctx) {
      try {
        yield
      } catch (error) {
        note(ctx, `caught ${(error as Error).message}`)
        throw error
      }
    },
    async *async(ctx) {
      try {
        yield
      } catch (error) {
        await wait()
        note(ctx, `caught ${(error as Error).message}`)
        throw error
      }
    },
    handlerFails: true,
    notes: [[], ['caught handler failed']],
    outward: HANDLER_FAILED,
  },
  {
    does: 'catches the error and throws another: those further out get the new one, with its cause',
    *sync(ctx) {
      try {
        yield
      } catch (cause) {
        note(ctx, 'caught')
        throw new Error('translated', { cause })
      }
    },
    async *async(ctx) {
      try {
        yield
      } catch (cause) {
        note(ctx, 'caught')
        await wait()
        throw new Error('translated', { cause })
      }
    },
    handlerFails: true,
    notes: [[], ['caught']],
    outward: { message: /^translated$/, cause: /^handler failed$/ },
  },
  {
    does: 'catches the error and ends: it is handled, and those further out resume',
    *sync(ctx) {
      try {
        yield
      } catch {
        note(ctx, 'caught')
        ctx.body = 'answered by the subject'
      }
    },
    async *async(ctx) {
      try {
        yield
      } catch {
        await wait()
        note(ctx, 'caught')
        ctx.body = 'answered by the subject'
      }
    },
    handlerFails: true,
    notes: [[], ['caught']],
  },
  {
    does: 'throws after its yield: that is the error for those further out',
    *sync(ctx) {
      yield
      note(ctx, 'back')
      throw new Error('too late')
    },
    async *async(ctx) {
      yield
      await wait()
      note(ctx, 'back')
      throw new Error('too late')
    },
    notes: [[], ['back']],
    outward: { message: /^too late$/ },
  },
  {
    does: 'throws in its finally block: that replaces the error of the handler',
    *sync(ctx) {
      try {
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
      } finally {
        await wait()
        note(ctx, 'finally')
        // oxlint-disable-next-line no-unsafe-finally -- the row is about exactly this
        throw new Error('worse')
      }
    },
    handlerFails: true,
    notes: [[], ['finally']],
    outward: { message: /^worse$/ },
  },
]
