import { type DefaultStage, type Pipeline, stage } from 'koa-session-pipeline'
import { verifyAddress } from 'koa-session-pipeline/stages'
import type { Scenario } from '../scenario.ts'

/** A stage of our own: everything further in runs at its yield. */
const timing = stage('timing', function* (ctx) {
  const began = performance.now()
  yield
  ctx.set('Server-Timing', `app;dur=${(performance.now() - began).toFixed(1)}`)
})

type Edit = (stages: Pipeline<DefaultStage>) => Pipeline

/** What can be done to the pipeline. The page shows these very functions. */
export const EDITS: Readonly<Record<string, Edit>> = {
  'Insert timing': (stages) => stages.before('persist', timing),
  'Replace verifyAddress': (stages) => stages.replace('verifyAddress', verifyAddress({ ipv4: 24 })),
  'Remove flash': (stages) => stages.remove('flash'),
}

/** The pipeline is edited while sessions live on. */
export const edits: Scenario = {
  name: 'edits',
  title: 'Edit the pipeline',
  about:
    'A pipeline is a list that you edit. Switch the edits on and off, and look at the lane of the next request. The store stays, so the session lives on.',
  browsers: ['Laptop'],

  routes() {},

  actions: (bench) => [
    {
      label: 'Send a request',
      async play() {
        const { body } = await bench.client('Laptop').post('/count')
        return { verdict: `The session has counted ${String(body['views'])}.` }
      },
    },
    ...Object.keys(EDITS).map((label) => {
      const { edits } = bench.options
      const on = edits.includes(label)
      return {
        label,
        on,
        async play() {
          await bench.restart({ edits: on ? edits.filter((name) => name !== label) : [...edits, label] })
          await bench.client('Laptop').post('/count')
          return { verdict: on ? `Taken back: ${label}.` : `Done: ${label}.` }
        },
      }
    }),
  ],
}
