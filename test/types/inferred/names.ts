// The names of the stages are part of the type of a pipeline.
import Koa from 'koa'
import { type DefaultStage, type Pipeline, session, type Stage, stage } from 'koa-session-pipeline'
import { equal, given } from './assert.ts'

const app = new Koa()
const audit = stage('audit', async function* () {
  yield
})
const timing = stage('timing', function* () {
  yield
})
const mine = stage('verifyAddress', function* () {
  yield
})
const defaults = given<Pipeline<DefaultStage>>()

equal<typeof audit, Stage<'audit'>>(true)

// Adding, replacing, taking out
equal<Pipeline<DefaultStage | 'audit'>, ReturnType<typeof adding>>(true)
const adding = () => defaults.before('flash', audit)
equal<ReturnType<typeof prepending>, Pipeline<DefaultStage | 'audit'>>(true)
const prepending = () => defaults.prepend(audit)
equal<ReturnType<typeof appending>, Pipeline<DefaultStage | 'audit' | 'timing'>>(true)
const appending = () => defaults.append(audit).append(timing)
equal<ReturnType<typeof replacing>, Pipeline<DefaultStage>>(true)
const replacing = () => defaults.replace('verifyAddress', mine)
equal<ReturnType<typeof renaming>, Pipeline<Exclude<DefaultStage, 'flash'> | 'audit'>>(true)
const renaming = () => defaults.replace('flash', audit)
equal<ReturnType<typeof removing>, Pipeline<Exclude<DefaultStage, 'flash'>>>(true)
const removing = () => defaults.remove('flash')
equal<ReturnType<typeof getting>, Stage<'flash'>>(true)
const getting = () => defaults.get('flash')
const moving = () => defaults.remove('flash').before('persist', defaults.get('flash'))
equal<ReturnType<typeof moving>['names'], readonly DefaultStage[]>(true)
for (const one of defaults) equal<typeof one, Stage<DefaultStage>>(true)

// Names that are not there
// @ts-expect-error -- no stage of that name
void (() => defaults.before('flush', audit))
// @ts-expect-error -- no stage of that name
void (() => defaults.after('audit', timing))
// @ts-expect-error -- no stage of that name
void (() => defaults.replace('verify-address', mine))
// @ts-expect-error -- no stage of that name
void (() => defaults.remove('audit'))
// @ts-expect-error -- no stage of that name
void (() => defaults.get('audit'))

// Names that are taken out
// @ts-expect-error -- taken out as an anchor
void (() => defaults.remove('flash').before('flash', audit))
// @ts-expect-error -- taken out twice
void (() => defaults.remove('flash').remove('flash'))
// @ts-expect-error -- replaced under another name
void (() => defaults.replace('flash', audit).get('flash'))

// Names that are taken
// @ts-expect-error -- there is such a stage
void (() => defaults.before('flash', mine))
// @ts-expect-error -- there is such a stage
void (() => defaults.after('flash', mine))
// @ts-expect-error -- there is such a stage
void (() => defaults.append(mine))
// @ts-expect-error -- there is such a stage
void (() => defaults.prepend(mine))
// @ts-expect-error -- an anchor comes first
void (() => defaults.before(audit, 'flash'))
// @ts-expect-error -- a pipeline is no array
void (() => defaults.push(audit))
// @ts-expect-error -- added twice
void (() => defaults.before('flash', audit).after('flash', audit))
// @ts-expect-error -- the name of another stage
void (() => defaults.replace('flash', mine))
void (() => defaults.remove('verifyAddress').before('flash', mine))

// What `session()` returns knows its stages
const sessions = session(app, {
  stages: (stages) => stages.before('flash', audit).replace('verifyAddress', mine).remove('verifyUserAgent'),
})
equal<(typeof sessions.stages.names)[number], Exclude<DefaultStage, 'verifyUserAgent'> | 'audit'>(true)
sessions.stages.get('audit')
// @ts-expect-error -- taken out
sessions.stages.get('verifyUserAgent')
// @ts-expect-error -- the pipeline is immutable
sessions.stages.names.push('audit')
// @ts-expect-error -- and so is the middleware's
sessions.stages = session(app).stages

// Siblings: the stages of the parent, or their own
equal<ReturnType<typeof joined>['stages'], typeof sessions.stages>(true)
const joined = () => sessions.with({ concurrency: 'lock' })
const apart = () => sessions.with({ stages: (stages) => stages.after('flash', timing) })
equal<ReturnType<typeof apart>['stages'], Pipeline<DefaultStage | 'timing'>>(true)
// @ts-expect-error -- siblings share the store
void (() => sessions.with({ store: undefined }))
// @ts-expect-error -- and the state
void (() => sessions.with({ cookie: { name: 'other' } }))
// @ts-expect-error -- and the name
void (() => sessions.with({ as: 'admin' }))

// What is no stage, no pipeline, no option
// @ts-expect-error -- a hook without a name
void (() => defaults.before('flash', function* () {}))
// @ts-expect-error -- no pipeline is returned
session(app, { stages: (stages) => void stages.remove('flash') })
// @ts-expect-error -- no such option
session(app, { idelTimeout: '2h' })
// @ts-expect-error -- no such mode
session(app, { concurrency: 'merged' })
// @ts-expect-error -- an application comes first
session({ idleTimeout: '2h' })
