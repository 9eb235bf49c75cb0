// What a visitor's requests do with the session.

const SMALL = { user: 'alice', roles: ['reader', 'writer'], views: 0 }
const ROWS = Array.from({ length: 100 }, (_, n) => ({ id: n, name: `row ${n}`, note: 'x'.repeat(60) }))

const seedSmall = (session) => Object.assign(session, structuredClone(SMALL))
const seedLarge = (session) => Object.assign(session, structuredClone({ ...SMALL, rows: ROWS }))

const nothing = () => undefined
const readUser = (session) => expect(session().user, 'alice')
const readRoles = (session) => expect(session().roles[1], 'writer')
const readRow = (session) => expect(session().rows[50].name, 'row 50')
const count = (session) => {
  session().views += 1
}
const begin = (session) => {
  session().user = 'alice'
}

/** Reads that come back empty would be fast. */
function expect(got, wanted) {
  if (got !== wanted)
    throw new Error(`it read ${JSON.stringify(got)} where ${JSON.stringify(wanted)} was stored`)
}

/** Requests in flight belong to different visitors. */
const MANY = 64

/**
 * `seed` fills a visitor's session before; `act` is measured, and is given a function since only a call of it is a
 * look at the session; `visitors` is how many there are, 0 if each request is one who has no cookie yet; `rolling`
 * says that a request begins as soon as another has ended, rather than eight together.
 */
export const WORKLOADS = {
  none: { title: 'no cookie, untouched', visitors: 0, seed: seedSmall, act: nothing },
  untouched: { title: 'cookie, untouched', visitors: MANY, seed: seedSmall, act: nothing },
  read: { title: 'read a string', visitors: MANY, seed: seedSmall, act: readUser },
  object: { title: 'read an array', visitors: MANY, seed: seedSmall, act: readRoles },
  write: { title: 'write a number', visitors: MANY, seed: seedSmall, act: count },
  contended: {
    title: '8 parallel writes of one session',
    visitors: 1,
    seed: seedSmall,
    act: count,
    rolling: true,
  },
  'at-once': {
    title: 'the same, all 8 of which have read before one has written',
    visitors: 1,
    seed: seedSmall,
    act: count,
  },
  new: { title: 'new session', visitors: 0, seed: seedSmall, act: begin },
  'read-10k': { title: '10 KB, read a string', visitors: MANY, seed: seedLarge, act: readUser },
  'object-10k': { title: '10 KB, read one of 100 rows', visitors: MANY, seed: seedLarge, act: readRow },
  'write-10k': { title: '10 KB, write a number', visitors: MANY, seed: seedLarge, act: count },
}
