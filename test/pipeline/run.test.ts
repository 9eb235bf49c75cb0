import test from 'ava'
import type { Pipeline } from '../../src/index.ts'
import { type DefaultStage, type Hook, type Stage, stage } from '../../src/index.ts'
import { serve } from '../helpers/serve.ts'
import { ROWS } from './contract/index.ts'
import { note, type Row } from './contract/row.ts'

type Place = 'outermost' | 'middle' | 'innermost'

const PLACES: readonly Place[] = ['outermost', 'middle', 'innermost']

/** The neighbours tell what they see at their yield. */
const neighbours: Readonly<Record<'sync' | 'async', (name: string) => Hook>> = {
  sync: (name) =>
    function* (ctx) {
      note(ctx, `${name} on`)
      try {
        yield
        note(ctx, `${name} back`)
      } catch (error) {
        note(ctx, `${name} got the error`)
        throw error
      } finally {
        note(ctx, `${name} finished`)
      }
    },
  async: (name) =>
    async function* (ctx) {
      note(ctx, `${name} on`)
      try {
        yield
        note(ctx, `${name} back`)
      } catch (error) {
        note(ctx, `${name} got the error`)
        throw error
      } finally {
        note(ctx, `${name} finished`)
      }
    },
}

/** Three stages around and among the built-in ones, the subject in its place. */
function edit(row: Row, place: Place, kind: 'sync' | 'async') {
  const neighbour = neighbours[kind === 'sync' ? 'async' : 'sync']
  const at = <Here extends Place>(here: Here): Stage<Here> =>
    stage(here, place === here ? row[kind] : neighbour(here))
  return (defaults: Pipeline<DefaultStage>): Pipeline =>
    defaults
      .before('identify', at('outermost'))
      .before('verifyAddress', at('middle'))
      .after('flash', at('innermost'))
}

/** What all of them note, from the row and the place alone. */
function expected({ handlerFails, endsHere, notes, outward }: Row, place: Place): string[] {
  const outer = PLACES.slice(0, PLACES.indexOf(place))
  const inner = endsHere ? [] : PLACES.slice(PLACES.indexOf(place) + 1)
  const back = (error: unknown) => (name: Place) => [
    error ? `${name} got the error` : `${name} back`,
    `${name} finished`,
  ]
  return [
    ...outer.map((name) => `${name} on`),
    ...notes[0],
    ...inner.map((name) => `${name} on`),
    ...(endsHere ? [] : ['handler']),
    ...inner.toReversed().flatMap(back(handlerFails)),
    ...notes[1],
    ...outer.toReversed().flatMap(back(outward)),
  ]
}

for (const row of ROWS)
  for (const place of PLACES)
    for (const kind of ['sync', 'async'] as const)
      test(`the ${place} ${kind} hook ${row.does}`, async (t) => {
        const notes: string[] = []
        const served = await serve(
          t,
          (ctx) => {
            note(ctx, 'handler')
            if (row.handlerFails) throw new Error('handler failed')
            ctx.body = 'answered by the handler'
          },
          { stages: edit(row, place, kind) },
          (app) => app.use((ctx, next) => ((ctx.state.notes = notes), next())),
        )
        const answer = await served.visitor().get('/')

        t.deepEqual(notes, expected(row, place))
        const { outward } = row
        t.is(answer.status, outward ? 500 : 200)
        if (!outward) {
          const byHandler = !row.endsHere && !row.handlerFails
          t.is(answer.text, byHandler ? 'answered by the handler' : 'answered by the subject')
          t.deepEqual(served.errors, [])
          return
        }
        t.is(served.errors.length, 1)
        const error = served.errors[0] as Error & { code?: string }
        t.regex(error.message, outward.message)
        t.is(error.code, outward.code)
        if (outward.cause) t.regex((error.cause as Error).message, outward.cause)
        else t.is(error.cause, undefined)
      })
