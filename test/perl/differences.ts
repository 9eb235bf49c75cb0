import type { Deviations } from './compare.ts'
import type { Scenario, System } from './scenario.ts'
import { standIn } from './settings.ts'

/** A scenario in which we do something else on purpose. It runs all the same. */
export interface Difference {
  /** The numbers are those of the list in docs/from-perl.md. */
  readonly why: string
  /** Everything we do otherwise: not one place less, not one more. */
  readonly ours: Deviations
  /** The general rules and the touching of readers are what it is about, so it runs without them. */
  readonly bare?: true
}

export function differenceOf(system: System, { name, config }: Scenario): Difference | undefined {
  const later = standIn(config['store'])
  const listed = { catalyst: CATALYST, plack: PLACK }[system][name]
  if (later === undefined) return listed
  const why = `${later.store} comes with a later part; the store in memory stands in for it`
  return listed ? { ...listed, why: `${why}. ${listed.why}` } : { why, ours: {} }
}

/** Names of the listed scenarios. */
export function listed(system: System): readonly string[] {
  return Object.keys({ catalyst: CATALYST, plack: PLACK }[system])
}

const ADOPTED = '2: an id without a record is replaced, and never sent'
const LENGTH = '8: a deadline that was ordered is in the cookie at once, and survives changeId'
const NO_REWRITING = 'Nothing rewrites links behind the application’s back: it makes them with state.url()'
const REVIVED = '3: a slow request does not bring back what a parallel one has ended'

/** The cookie as Catalyst's attributes have it. */
function sid(value: string, expires: string, more: object = {}): unknown {
  const attributes = { expires, httponly: true, path: '/', samesite: 'Lax', ...more }
  return [{ name: 'sid', action: 'set', value, attributes }]
}

const CATALYST: Readonly<Record<string, Difference>> = {
  'reading a key creates a session': {
    why: 'Reading creates nothing: no record and no cookie for anonymous pages (DESIGN §3)',
    bare: true,
    ours: { '0.written': false, '0.results.1': null, '0.setCookie': 'none', '0.sidChanged': false },
  },
  'flash only read, first touch': {
    why: 'Reading creates nothing, nor does reading flash (DESIGN §3)',
    bare: true,
    ours: {
      '0.written': false,
      '0.results.1': null,
      '0.setCookie': 'none',
      '0.sidChanged': false,
      '1.results.0': false,
      '1.setCookie': 'none',
    },
  },
  'cookieExpires set': {
    why: '7: cookie and record have one deadline; a browser-session cookie is the other choice',
    ours: {
      '0.setCookie': sid('S1', 't+7200'),
      '1.setCookie': sid('S1', 't+7230'),
      '2.results.0': 1,
      '2.results.1': 'S1',
      '2.setCookie': sid('S1', 't+7300'),
      '2.sidChanged': false,
      '2.written': false,
    },
  },
  'SameSite None without secure': {
    why: '13: browsers reject such a cookie, so the option is refused at start',
    ours: { refused: true },
  },
  'untouched request renews only the cookie': {
    why: '7: an untouched request renews neither record nor cookie',
    bare: true,
    ours: {
      '3.written': false,
      '1.setCookie': 'none',
      '2.setCookie': 'none',
      '3.setCookie': 'none',
      '3.sidChanged': false,
    },
  },
  'session made with expires 0': {
    why: 'A lifetime of nothing is a mistake, refused at start',
    ours: { refused: true },
  },
  'changeSessionExpires longer': {
    why: `${LENGTH}. expiresAt is there when the session is stored, and a cookie is sent when it says something new`,
    ours: { '0.results.2': 0, '0.setCookie': sid('S1', 't+1000'), '1.setCookie': 'none' },
  },
  'changeSessionExpires shorter as the only touch': {
    why: 'An extension never shortens: Catalyst’s lasts until the next use. An absoluteTimeout does it for good',
    ours: { '2.results.0': 't+110' },
  },
  resetSessionExpires: {
    why: '7: touch() moves the cookie with the record',
    ours: { '1.setCookie': sid('S1', 't+110') },
  },
  'ttl 0 and negative': {
    why: 'Such a key disappears at once (DESIGN §3), so nothing is left in that request to begin a session with',
    ours: {
      '0.setCookie': 'none',
      '0.sidChanged': false,
      '0.written': false,
      '1.results.0': ['__created', '__updated'],
      '1.sidChanged': true,
      '1.written': true,
      '2.results.0': ['__created', '__updated'],
    },
  },
  'flash two keys, one changed': {
    why: 'Assigning is not looking (DESIGN §6): the other message waits until it is seen',
    ours: { '2.results.0': { a: 2, b: 1 } },
  },
  'clearFlash without loading the session': {
    why: '5: clearFlash never touches other data',
    ours: { '2.results.0': { __created: 't+0', __updated: 't+1', x: 1 } },
  },
  'flash deleted by hand': {
    why: 'A deleted message is gone (DESIGN §6)',
    ours: { '2.results.0': { b: 2 } },
  },
  'flash as first touch with verifyUserAgent': {
    why: '4: all ways to begin a session initialise alike',
    ours: {
      '1.results.0': 1,
      '1.results.1': null,
      '1.setCookie': sid('S1', 't+7201'),
      '1.sidChanged': false,
    },
  },
  'flashToStash with an unknown session id': {
    why: `${ADOPTED}; an id that nobody knows has no flash to copy`,
    ours: { '0.written': false, '0.results.0': null, '0.setCookie': 'none', '0.sidChanged': false },
  },
  'deleteSession of a session made in the same request': {
    why: 'Nothing was stored and the client has no cookie, so there is none to clear',
    ours: { '0.setCookie': 'none' },
  },
  'changeSessionId keeps data, kills the old id': {
    why: 'A token that moved begins no session for ten seconds: a late response must not overwrite the new cookie (DESIGN §8)',
    ours: { '3.written': false, '3.setCookie': 'none', '3.sidChanged': false },
  },
  'changeSessionId and a lengthened expiry': {
    why: LENGTH,
    ours: {
      '0.setCookie': sid('S1', 't+1000'),
      '1.results.1': 't+1000',
      '1.setCookie': sid('S2', 't+1000'),
      '2.results.0': true,
    },
  },
  'unknown id in the cookie, session used': {
    why: 'Only a verified id is shown',
    ours: { '0.results.0': null },
  },
  'malformed id, session untouched': {
    why: '1: a malformed id is no session, and never an error',
    ours: { '0.status': 200 },
  },
  'upper-case hex id': {
    why: '1: tokens are matched exactly, from end to end, and are 43 characters of base64url',
    ours: { '1.results.0': false, '1.results.1': false, '1.results.5': 43 },
  },
  'record evicted, expiry still stored': {
    why: ADOPTED,
    ours: {
      '2.results.1': 'session expired',
      '2.results.3': 'N1',
      '2.setCookie': sid('N1', 't+7202'),
      '2.sidChanged': true,
    },
  },
  'id allocated but session never touched': {
    why: ADOPTED,
    ours: { '0.results.1': null, '0.setCookie': 'none', '0.sidChanged': false, '1.sidChanged': true },
  },
  'address mismatch': {
    why: 'The owner learns why the session is gone, for a minute (DESIGN §8)',
    ours: { '2.results.1': 'address mismatch' },
  },
  'address mismatch, flash and id only': {
    why: 'Only a verified id is shown',
    ours: { '1.results.0': null },
  },
  'address behind a proxy: forwarded header believed only from the loopback': {
    why: 'Which proxies are believed is Koa’s: app.proxy believes all or none',
    ours: { '2.results.0': '203.0.113.10' },
  },
  'lost update between two overlapping requests': {
    why: 'Parallel changes of different keys are merged (DESIGN §8)',
    ours: { '2.results.0': ['__created', '__updated', 'inner', 'outer', 'x'] },
  },
  'overlap: logout inside, write outside': {
    why: REVIVED,
    ours: {
      '1.written': false,
      '2.written': true,
      '1.setCookie': 'none',
      '1.sidChanged': true,
      '2.results.0': false,
      '2.results.1': { __created: 't+2', __updated: 't+2' },
      '2.setCookie': sid('N1', 't+7202'),
      '2.sidChanged': true,
    },
  },
  'exception in the action: session still saved': {
    why: '21: a request that fails saves nothing, unless saveOnError says so',
    ours: {
      '0.written': false,
      '0.setCookie': 'none',
      '0.sidChanged': false,
      '1.written': true,
      '1.results.0': null,
      '1.sidChanged': true,
    },
  },
  'exception after reading the flash': {
    why: 'An error page consumes no message (DESIGN §6)',
    ours: { '1.written': false, '2.written': true, '2.results.0': 'hi' },
  },
  'session created after the first write': {
    why: '18: beginning a session after the headers cannot work, and is reported',
    ours: { '0.written': false, '0.errors': ['ERR_HEADERS_SENT'] },
  },
  'dumpThese lists the session only when its id is known': {
    why: 'Koa has no debug dumps to add to; inspecting ctx.session shows its data and no token',
    ours: {
      '0.results.0': 'nothing of the kind',
      '1.results.1': 'nothing of the kind',
      '2.results.0': 'nothing of the kind',
    },
  },
  'dbi: deleteExpiredSessions': {
    why: 'A store keeps what has expired for a minute, as the middleware alone judges (DESIGN §5)',
    ours: { '3.results.0': { __created: 't+0', __updated: 't+0', x: 1 } },
  },
  'dbic: data, flash, delete, change id': {
    why: '16: a change of id works in every store',
    ours: {
      '2.status': 200,
      '2.setCookie': sid('S2', 't+120'),
      '2.sidChanged': true,
      '3.results.0': { a: [1, 'two'] },
      '3.setCookie': sid('S2', 't+130'),
      '3.sidChanged': false,
    },
  },
  'dbic: deleteExpiredSessions': {
    why: 'Looking at the store allocates no session, and what has expired is kept for a minute',
    ours: {
      '3.results.0': { __created: 't+0', __updated: 't+0', x: 1 },
      '3.results.1': { __created: 't+90', __updated: 't+90', y: 1 },
      '3.setCookie': 'none',
      '3.sidChanged': false,
    },
  },
  'fastmmap: record too large for a page': {
    why: '16: 300 kB are stored, and a store that is full would keep the old value and answer 503',
    ours: {
      '1.status': 200,
      '1.setCookie': sid('S1', 't+7201'),
      '2.results.0': true,
      '2.results.1': 1,
    },
  },
  'path style: session over rewritten links': {
    why: `${NO_REWRITING}; a token in a path means nothing`,
    ours: {
      '0.body':
        '<a href="/next">n</a> <a href="http://other.example/x">o</a> <form action="do?x=1"><img src="/pic.png"><script src="/s.js"></script><link href="rel/css">',
      '1.results.0': 1,
      '1.results.1': 'next/-/ID',
      '1.results.2': 'N1',
    },
  },
  'text body rewriting': {
    why: NO_REWRITING,
    ours: { '0.body': 'see http://localhost/a and <http://localhost/b> and http://other.example/c' },
  },
  rewriteTypes: {
    why: NO_REWRITING,
    ours: { '1.body': '<a href="/n">n</a>' },
  },
  'uri with cookie: rewriting stops once a cookie came': {
    why: `${NO_REWRITING}; a token in a path means nothing`,
    ours: {
      '2.written': true,
      '0.body': '<a href="/n">n</a>',
      '2.results.0': null,
      '2.setCookie': sid('N1', 't+7202'),
      '2.sidChanged': true,
      '2.body': '<a href="/n">n</a>',
    },
  },
  'malformed id in the URI': {
    why: '1: a malformed id is no session, and never an error',
    ours: { '0.status': 200, '0.results.0': false },
  },
  'changeSessionId rewrites with the new id': {
    why: NO_REWRITING,
    ours: { '1.body': '<a href="/n">n</a>' },
  },
  'status message by token': {
    why: 'Messages are put into the session when the request ends, and leave no empty tables behind',
    ours: {
      '0.results.1': { __created: 't+0', __updated: 't+0' },
      '3.results.0': { __created: 't+0', __updated: 't+1' },
    },
  },
  'custom configuration': {
    why: 'Messages are put into the session when the request ends',
    ours: { '0.results.1': { __created: 't+0', __updated: 't+0' } },
  },
  'repeated token parameter': {
    why: 'A repeated parameter is no token: the session is not even looked at',
    ours: { '1.setCookie': 'none', '1.written': false },
  },
  'other client with the token': {
    why: '17: a token that means nothing begins no session',
    ours: { '1.setCookie': 'none', '1.sidChanged': false, '1.written': false },
  },
}

/** The cookie with our attributes. */
function plackSession(value: string): unknown {
  const attributes = { httponly: true, path: '/', samesite: 'Lax' }
  return [{ name: 'plack_session', action: 'set', value, attributes }]
}

const PLACK: Readonly<Record<string, Difference>> = {
  'no change, still stored every time': {
    why: '10: nothing new, nothing stored and nothing sent',
    bare: true,
    ours: { '0.setCookie': plackSession('S1'), '1.setCookie': 'none', '2.setCookie': 'none' },
  },
  'default attributes': {
    why: '13: HttpOnly and SameSite=Lax by default',
    bare: true,
    ours: { '0.setCookie': plackSession('S1') },
  },
  'partitioned forces secure and SameSite None': {
    why: '13: options that contradict each other are refused at start, not bent',
    ours: { refused: true },
  },
  'path option undefined removes the attribute': {
    why: '10: nothing was written, so there is no cookie',
    bare: true,
    ours: { '0.setCookie': 'none', '0.sidChanged': false },
  },
  'two cookies of the same name': {
    why: 'A dead cookie never hides a live one (DESIGN §9)',
    ours: { '2.results.0': 1 },
  },
  'own generator without a fitting validator': {
    why: 'A sample is drawn at start, and a token so short is refused',
    ours: { refused: true },
  },
  'object set cancels noStore': {
    why: 'noStore is what was asked for last; a write does not cancel it',
    ours: { '1.results.2': { id: 'S1', noStore: true }, '2.results.0': 1 },
  },
  'streaming without lateStore: the late change is lost': {
    why: 'It is lost all the same, and reported',
    ours: { '0.errors': ['ERR_SESSION_LATE_WRITE'] },
  },
  'changeId set during the stream': {
    why: '18: changing the id after the headers is an error, and reported',
    ours: { '1.results.2': { error: 'ERR_HEADERS_SENT' }, '1.errors': ['ERR_HEADERS_SENT'] },
  },
  'exception in the application': {
    why: '22: nothing is stored, as in Plack; Koa answers 500 where PSGI closes the connection',
    ours: { '1.status': 500 },
  },
  'lost update': {
    why: 'Parallel changes of different keys are merged (DESIGN §8)',
    ours: { '2.results.0': ['inner', 'outer', 'x'] },
  },
  'logout during a slow request': {
    why: REVIVED,
    ours: { '1.sidChanged': true, '2.results.0': {}, '2.results.1': 'N1' },
  },
  'file store': {
    why: 'A tombstone keeps the place of an ended id for a minute (DESIGN §8)',
    ours: { '3.results.0': 2, '5.results.0': 2 },
  },
  'cookie store: tampered time is not noticed': {
    why: '12: all of a sealed record is authenticated',
    ours: { '1.results.0': null },
  },
  'cookie store: changeId': {
    why: 'A sealed session has a random id of its own, not a time',
    ours: { '1.results.1': 'N1' },
  },
  'cookie store: lateStore cannot work': {
    why: 'What cannot work is an error at the call',
    ours: {
      '0.status': 500,
      '0.results.0': { error: 'ERR_SESSION_UNSUPPORTED' },
      '0.results.1': null,
      '0.results.2': null,
      '0.results.3': null,
      '0.setCookie': 'none',
      '0.sidChanged': false,
      '0.errors': ['ERR_SESSION_UNSUPPORTED'],
      '1.results.0': {},
    },
  },
  'cookie store: untouched request sends a cookie too': {
    why: '10: nothing was written, so there is no cookie',
    bare: true,
    ours: {
      '0.setCookie': 'none',
      '0.sidChanged': false,
      '1.setCookie': 'none',
      '1.sidChanged': false,
    },
  },
}
