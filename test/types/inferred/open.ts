// A session outside of a request has the type of the data, and the members of an opened session.
import type { IncomingMessage } from 'node:http'
import Koa from 'koa'
import { type OpenSession, session } from 'koa-session-pipeline'
import { equal, given } from './assert.ts'

interface MyData {
  views?: number
}

const sessions = session<MyData>(new Koa())
const opened = await sessions.open(given<IncomingMessage>())
equal<typeof opened, OpenSession<MyData> | undefined>(true)
if (opened) {
  equal<typeof opened.views, number | undefined>(true)
  equal<typeof opened.signal, AbortSignal>(true)
  opened.views = await opened.update((data) => (data.views = (data.views ?? 0) + 1))
  opened.close()
  // @ts-expect-error -- a number
  opened.views = 'many'
  // @ts-expect-error -- read-only
  opened.signal = new AbortController().signal
}
await sessions.open({ id: 'x' }, { recheck: '10s' })
// @ts-expect-error -- a token is no source
await sessions.open('token')
// @ts-expect-error -- no duration
await sessions.open({ id: 'x' }, { recheck: '10 seconds' })
