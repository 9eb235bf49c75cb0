import { sourceOf } from './files.ts'
import type { Sandbox } from './sandbox.ts'
import { EDITS } from './scenarios/edits.ts'
import { SCENARIOS } from './scenarios/index.ts'
import { LIFETIMES } from './shop.ts'
import { STATES } from './states.ts'
import { STORES } from './stores.ts'

/** What stays the same for as long as the page is open. */
export const CATALOG: object = {
  scenarios: SCENARIOS.map(({ name, title, about, browsers }) => ({
    name,
    title,
    about,
    browsers,
    source: sourceOf(name),
  })),
  stores: choices(STORES),
  states: choices(STATES),
  lifetimes: LIFETIMES,
}

/** What changes: the time, the choices, the buttons, who is logged in. */
export function setupOf(sandbox: Sandbox): object {
  const { options, clock, storeName, stateName } = sandbox
  return {
    now: clock.now(),
    store: storeName,
    state: stateName,
    bindings: options.bindings,
    browsers: sandbox.browsers,
    edits: options.edits.map((name) => String(EDITS[name])),
    actions: Object.fromEntries(
      SCENARIOS.map(({ name, actions }) => [name, actions(sandbox).map(({ label, on }) => ({ label, on }))]),
    ),
  }
}

function choices(all: Readonly<Record<string, { readonly label: string }>>): object[] {
  return Object.entries(all).map(([name, { label }]) => ({ name, label }))
}
