// What ours may cost at most, and what it should cost at best. Without a cookie that is all of a request over all of
// bare Koa's; elsewhere it is what we add to bare Koa over what koa-session 7 adds: with its store, but for sealed
// sessions with its cookie, which is the same kind of thing (and does nothing for a request that does not look).

const TARGETS = {
  ours: {
    none: [1.25, 1.12],
    untouched: [0.14, 0.08],
    read: [0.18, 0.12],
    write: [0.22, 0.14],
    contended: [0.4, 0.25],
    'at-once': [0.4, 0.25],
    new: [0.7, 0.4],
    'read-10k': [0.08, 0.04],
    'write-10k': [0.12, 0.06],
  },
  'ours-async': {
    read: [0.2],
    write: [0.25],
    'read-10k': [0.08, 0.04],
    'write-10k': [0.12, 0.06],
  },
  'ours-sealed': {
    read: [0.5],
    write: [0.7],
  },
}

/** At most, and at best where that has been said. */
export function targetOf(contender, workload) {
  return TARGETS[contender]?.[workload]
}

/** Whom it is compared with; bare Koa means by its total. */
export function rivalOf(contender, workload) {
  if (workload === 'none') return 'bare'
  return contender === 'ours-sealed' && workload !== 'untouched' ? 'koa-session-cookie' : 'koa-session'
}
