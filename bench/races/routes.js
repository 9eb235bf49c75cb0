// What the application does. `session()` is the session as it is now; `verbs` begin and end it.
import { setTimeout } from 'node:timers/promises'

/** A slow request waits here until the test lets it go on. */
let gate
export const gates = {
  close() {
    gate = Promise.withResolvers?.() ?? withResolvers()
    return gate
  },
}

function withResolvers() {
  const gate = {}
  gate.promise = new Promise((resolve) => (gate.resolve = resolve))
  gate.entered = undefined
  return gate
}

export const routes = {
  '/start': (session) => {
    session().started = 1
  },
  // A tab that does something: a form that is checked, an upload, a call to another service.
  '/put': async (session, _verbs, { key }) => {
    session()
    await setTimeout(Math.random() * 20)
    session()[key] = 1
  },
  '/slow': async (session) => {
    const before = session().user
    gate.entered()
    await gate.promise
    session().seen = before ?? 'nobody'
  },
  '/login': async (session, verbs) => {
    await verbs.login()
    session().user = 'alice'
  },
  '/logout': (_session, verbs) => verbs.logout(),
  '/data': (session) => ({ ...session() }),
}
