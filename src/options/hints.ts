import { COOKIE_DEFAULTS } from '../states/cookie-options.ts'

/*
 * What options are called elsewhere: in koa-session, express-session, cookie-session, iron-session,
 * Catalyst::Plugin::Session and Plack::Middleware::Session. Each stands for an option of this package.
 */
const NAME = "Here this is an option of the cookie: cookie: { name: 'sid' }."
const LIFETIME =
  'A session that is not used ends after idleTimeout, any session after absoluteTimeout; ' +
  "cookie: { persistent: true } keeps the cookie for as long. Durations are milliseconds or a string such as '2h'."
const NO_SECRET =
  'A random token needs no secret. For a signed cookie set app.keys and cookie: { signed: true }; ' +
  'to keep the session inside the cookie, set store: new SealedStore({ keys }).'
const EXTENDS = 'Use extends a session; expiryThreshold says how often at most.'
const LAZY = 'A session is stored only when something has changed.'
const TOKENS = 'The option token: { generate, validate } makes tokens.'
const TEXT = 'The option serializer: { stringify, parse } turns a session into text.'
const EVENTS = "Listen to the events of the app, such as 'session:created'."
const DELIVERY = 'The options state and cookie say how the token travels.'

/** By the name in small letters, without underscores and without `cookie` in front. */
const HINTS: Readonly<Record<string, string>> = {
  maxage: LIFETIME,
  expires: LIFETIME,
  ttl: LIFETIME,
  duration: LIFETIME,
  timeout: LIFETIME,
  key: NAME,
  name: NAME,
  sessionkey: NAME,
  overwrite: 'The cookie of the session always replaces an earlier cookie of the same name.',
  secret: NO_SECRET,
  keys: NO_SECRET,
  password: NO_SECRET,
  rolling: EXTENDS,
  renew: EXTENDS,
  resave: LAZY,
  saveuninitialized: `${LAZY} session.touch() creates an empty session.`,
  autocommit:
    'The session is stored on the way out; session.save() does it earlier, session.noStore not at all.',
  beforesave: 'What runs before a session is stored is a stage: stages: (defaults) => defaults.after(…).',
  valid: 'A check of a session is a stage: stages: (defaults) => defaults.after(…).',
  unset: 'session.destroy() or ctx.session = null ends a session.',
  genid: TOKENS,
  generate: TOKENS,
  sidgenerator: TOKENS,
  prefix: 'Give a prefix to the store, and a name to the cookie: cookie: { name }.',
  encode: TEXT,
  decode: TEXT,
  externalkey: DELIVERY,
  contextstore: DELIVERY,
  proxy: 'Set app.proxy to believe the headers of a proxy.',
  storage: 'The option store says where sessions live, for instance store: new FileStore({ dir }).',
  client: 'Give the client of a database to a store: store: new …Store({ client }).',
  logger: EVENTS,
  debug: EVENTS,
}

/** What an option of another library is called here; `undefined` for an unknown option. */
export function hintFor(name: string): string | undefined {
  const plain = name
    .toLowerCase()
    .replaceAll('_', '')
    .replace(/^cookie/, '')
  if (Object.hasOwn(HINTS, plain)) return HINTS[plain]
  const attribute = Object.keys(COOKIE_DEFAULTS).find((one) => one.toLowerCase() === plain)
  return attribute && `Here this is an option of the cookie: cookie: { ${attribute}: … }.`
}
