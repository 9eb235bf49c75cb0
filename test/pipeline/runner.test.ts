import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import type { Context } from 'koa'
import { type Hook, type Session, SessionError, type Stage, stage } from '../../src/index.ts'
import { run } from '../../src/pipeline/run.ts'

const runStages = (stages: readonly Stage[], next: () => Promise<unknown>): Promise<void> =>
  run(stages, {} as Context, {} as Session, next)

const failAtOnce = (): never => {
  throw new Error('at once')
}

test('stages further in do not start before those further out have come to their yield', async (t) => {
  const notes: string[] = []
  const slow = stage('slow', async function* () {
    await setImmediate()
    await setImmediate()
    notes.push('slow')
  })
  const quick = stage('quick', function* () {
    notes.push('quick')
  })
  await runStages([slow, quick], async () => notes.push('handler'))
  t.deepEqual(notes, ['slow', 'quick', 'handler'])
})

test('thrown values that are no errors go outward as they are, undefined too', async (t) => {
  for (const thrown of [undefined, null, 0, '', 'text']) {
    const caught: unknown[] = []
    const watch = stage('watch', function* () {
      try {
        yield
      } catch (error) {
        caught.push(error)
        throw error
      }
    })
    const reject = (): Promise<never> => Promise.reject(thrown)
    const rethrown = await runStages([watch], reject).then(
      () => 'nothing',
      (error: unknown) => error,
    )
    t.deepEqual([caught, rethrown], [[thrown], thrown])
  }
})

test('a handler that throws before it returns its promise counts as one that rejects', async (t) => {
  const swallow = stage('swallow', function* () {
    try {
      yield
    } catch (error) {
      t.is((error as Error).message, 'at once')
    }
  })
  await t.notThrowsAsync(runStages([swallow], failAtOnce))
})

test('a rejected promise that an async hook yields is thrown at that yield, and ends the way in', async (t) => {
  const notes: string[] = []
  const careless = stage('careless', async function* () {
    try {
      yield Promise.reject(new Error('yielded')) as unknown as undefined
    } finally {
      notes.push('finished')
    }
  })
  await t.throwsAsync(
    runStages([careless], async () => notes.push('handler')),
    { message: 'yielded' },
  )
  t.deepEqual(notes, ['finished'])
})

test('a promise that a plain hook returns is not waited for, and says so', async (t) => {
  const returning = function* () {
    return Promise.resolve()
  } as unknown as Hook
  const error = await t.throwsAsync(
    runStages([stage('careless', returning)], async () => t.fail()),
    {
      instanceOf: SessionError,
      message: /'careless' returned a promise.*waits for a promise that it yields/,
    },
  )
  t.is(error.code, 'ERR_STAGE_INVALID')
})

test('a thenable that cannot be asked fails at that yield, and the hook can go on', async (t) => {
  // oxlint-disable-next-line unicorn/no-thenable -- it is what is tested
  const broken = Object.defineProperty({}, 'then', {
    get: () => {
      throw new Error('do not ask')
    },
  }) as PromiseLike<unknown>
  const notes: string[] = []
  const trying = stage('trying', function* () {
    try {
      yield broken
    } catch (error) {
      notes.push((error as Error).message)
    }
    yield
    try {
      yield broken
    } finally {
      notes.push('finished')
    }
  })
  await t.throwsAsync(
    runStages([trying], async () => notes.push('handler')),
    { message: 'do not ask' },
  )
  t.deepEqual(notes, ['do not ask', 'handler', 'finished'])
})

test('a hook can wait ten thousand times on each way', async (t) => {
  let waited = 0
  const patient = stage('patient', function* () {
    for (let count = 0; count < 10_000; count += 1) waited += (yield Promise.resolve(1)) as number
    yield
    for (let count = 0; count < 10_000; count += 1) waited += (yield Promise.resolve(1)) as number
  })
  await runStages([patient, patient], async () => t.is(waited, 20_000))
  t.is(waited, 40_000)
})

test('a promise that an async hook yields is waited for by its language: of nothing, it goes inward', async (t) => {
  const notes: string[] = []
  const waiting = stage('waiting', async function* () {
    yield setImmediate().then(() => void notes.push('waited'))
    notes.push('back')
  })
  await runStages([waiting], async () => notes.push('handler'))
  t.deepEqual(notes, ['waited', 'handler', 'back'])
})

test('a handler need not answer with a promise, nor with one of the language', async (t) => {
  const notes: string[] = []
  const watching = stage('watching', function* () {
    try {
      yield
      notes.push('back')
    } catch (error) {
      notes.push((error as Error).message)
    }
  })
  // oxlint-disable-next-line unicorn/no-thenable -- Koa allows it
  const rejecting = { then: (_: unknown, refused: (error: Error) => void) => refused(new Error('thenable')) }
  for (const handled of [undefined, 5, {}, rejecting]) {
    await t.notThrowsAsync(runStages([watching], (() => handled) as () => Promise<unknown>))
  }
  t.deepEqual(notes, ['back', 'back', 'back', 'thenable'])
})

test('nothing is ever thrown but by the promise', async (t) => {
  const refusing = stage('refusing', function* () {
    throw new Error('at once')
  })
  await t.throwsAsync(
    runStages([refusing], async () => t.fail()),
    { message: 'at once' },
  )
  await t.throwsAsync(runStages([], failAtOnce), { message: 'at once' })
})

test('what waits for nothing runs before anything else does', async (t) => {
  const notes: string[] = []
  const plain = stage('plain', function* () {
    notes.push('on')
    yield
  })
  const running = runStages([plain, { ...plain, name: 'second' }], async () => notes.push('handler'))
  t.deepEqual(notes, ['on', 'on', 'handler'])
  await running
})

test('a hook is given the context and the session and no next, and its yield gives nothing', async (t) => {
  const [ctx, session] = [{} as Context, {} as Session]
  const given: unknown[] = []
  const curious = stage('curious', function* (...args) {
    given.push(...args)
    given.push(yield)
  })
  await run([curious], ctx, session, async () => 'the result of the handler')
  t.is(given.length, 3)
  t.is(given[0], ctx)
  t.is(given[1], session)
  t.is(given[2], undefined)
})

test('a pipeline without stages is the handler', async (t) => {
  const notes: string[] = []
  await runStages([], async () => notes.push('handler'))
  t.deepEqual(notes, ['handler'])
})

test('a hook that returns an iterator without throw() is no generator', async (t) => {
  const transpiled = function () {
    return [undefined][Symbol.iterator]()
  } as unknown as Hook
  const error = await t.throwsAsync(
    runStages([stage('old', transpiled)], async () => undefined),
    {
      instanceOf: SessionError,
      message: /'old' did not return a generator.*async function\*/,
    },
  )
  t.is(error.code, 'ERR_STAGE_INVALID')
})

test('a generator that was compiled for an old target runs like any other', async (t) => {
  const notes: string[] = []
  const generator = function* (): Generator<void, void, void> {
    notes.push('on')
    yield
    notes.push('back')
  }
  const compiled = stage('compiled', function () {
    return generator()
  })
  await runStages([compiled], async () => notes.push('handler'))
  t.deepEqual(notes, ['on', 'handler', 'back'])
})

test('an async generator written by hand may yield promises, too', async (t) => {
  const steps = [Promise.resolve('one'), undefined, Promise.resolve('two')].map((value) => ({
    done: false,
    value,
  }))
  const given: unknown[] = []
  const next = async (value: unknown) => {
    given.push(value)
    return steps.shift() ?? { done: true, value: undefined }
  }
  const handmade = stage('handmade', function () {
    return { next, throw: next, return: next }
  } as unknown as Hook)
  await runStages([handmade], async () => given.push('handler'))
  t.deepEqual(given, [undefined, 'one', 'handler', undefined, 'two'])
})

test('many requests that overlap have a generator each', async (t) => {
  const notes: string[] = []
  let count = 0
  const counting = stage('counting', async function* () {
    const mine = (count += 1)
    await setImmediate()
    yield
    notes.push(`${mine}`)
  })
  await Promise.all(Array.from({ length: 20 }, () => runStages([counting], () => setImmediate())))
  t.deepEqual(
    notes.map(Number).toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index + 1),
  )
})
