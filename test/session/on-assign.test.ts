import test from 'ava'
import { stage } from '../../src/index.ts'
import { onAssign } from '../../src/stages.ts'
import { routes } from '../helpers/paths.ts'
import { serve } from '../helpers/serve.ts'

const TABLE = routes({
  '/assign': (ctx) => void (ctx.session.user = 'ann'),
  '/replace': (ctx) => (ctx.session = { user: 'ann', cart: 1 }),
  '/delete'(ctx) {
    delete ctx.session.user
    delete ctx.session.nothing
  },
  '/define': (ctx) => void Object.defineProperty(ctx.session, 'user', { value: 'ann', writable: true }),
  '/inside': (ctx) => void ctx.session.list?.push(1),
  '/flash': (ctx) => void (ctx.session.flash.notice = 1),
  '/update': (ctx) => ctx.session.update((data: { user?: string }) => void (data.user = 'ann')),
})

test('assignments and deletions are told of, before and after, by each who asked', async (t) => {
  let told: string[] = []
  const watch = <const Name extends string>(name: Name) =>
    stage(name, function* (_ctx, session) {
      onAssign(session, () => {
        told.push(`${name} before: ${String(session.data['user'])}`)
        return () => told.push(`${name} after: ${String(session.data['user'])}`)
      })
    })
  const { visitor } = await serve(t, TABLE, {
    stages: (all) => all.after('persist', watch('one')).after('one', watch('two')),
  })
  const ann = visitor()
  const seen = async (path: string): Promise<string[]> => {
    told = []
    await ann.get(path)
    return told
  }
  t.deepEqual(await seen('/assign'), [
    'one before: undefined',
    'two before: undefined',
    'one after: ann',
    'two after: ann',
  ])
  t.is((await seen('/replace')).length, 8)
  t.deepEqual(await seen('/delete'), [
    'one before: ann',
    'two before: ann',
    'one after: undefined',
    'two after: undefined',
  ])
  for (const path of ['/inside', '/flash', '/update']) t.deepEqual(await seen(path), [], path)
})
