// What the application does. `session()` is the session as it is now; `verbs` begin and end it.
import { setTimeout } from 'node:timers/promises'

/** Where a slow request waits until the race lets it go on. */
let gate

/** Closes a new gate: `entered` resolves when the slow request stands at it, `open()` lets it go on. */
export function closeGate() {
  gate = {}
  gate.entered = new Promise((resolve) => (gate.arrive = resolve))
  gate.opened = new Promise((resolve) => (gate.open = resolve))
  return gate
}

/** Waits at the gate, where the race says so. */
export async function pass(waits) {
  if (waits === undefined) return
  gate.arrive()
  await gate.opened
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
    gate.arrive()
    await gate.opened
    session().seen = before ?? 'nobody'
  },
  '/login': async (session, verbs) => {
    await verbs.login()
    session().user = 'alice'
  },
  '/logout': (_session, verbs) => verbs.logout(),
  '/data': (session) => ({ ...session() }),
}
