type Listener = (reason: string | undefined) => void

/** By the ids of sessions. An id is drawn once, so nobody needs to say of which application it is. */
const watched = new Map<string, Set<Listener>>()

/** Calls back when this process learns that the session of an id lives no more. Returns what ends the watch. */
export function watchEnd(id: string, listener: Listener): () => void {
  const listeners = watched.get(id) ?? new Set()
  watched.set(id, listeners.add(listener))
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0 && watched.get(id) === listeners) watched.delete(id)
  }
}

/** The session of an id was ended, has moved, or turned out to be gone. Who watches is told when this work is done. */
export function noteEnd(id: string, reason?: string): void {
  const listeners = watched.get(id)
  if (listeners) for (const listener of listeners) queueMicrotask(() => listener(reason))
}
