import type { EventTarget } from '../events.ts'

type Listener = (reason: string | undefined) => void

const watched = new WeakMap<EventTarget, Map<string, Set<Listener>>>()

/** Calls back when this process learns that the session of an id lives no more. Returns what ends the watch. */
export function watchEnd(app: EventTarget, id: string, listener: Listener): () => void {
  const ids = watched.get(app) ?? new Map<string, Set<Listener>>()
  watched.set(app, ids)
  const listeners = ids.get(id) ?? new Set()
  ids.set(id, listeners.add(listener))
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0 && ids.get(id) === listeners) ids.delete(id)
  }
}

/** The session of an id was ended, has moved, or turned out to be gone. Who watches is told when this work is done. */
export function noteEnd(app: EventTarget, id: string, reason?: string): void {
  const listeners = watched.get(app)?.get(id)
  if (listeners) for (const listener of listeners) queueMicrotask(() => listener(reason))
}
