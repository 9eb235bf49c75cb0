/*
 * What options are called elsewhere: in koa-session, express-session, cookie-session, iron-session,
 * Catalyst::Plugin::Session and Plack::Middleware::Session. Who writes them means one of ours.
 */
const COOKIE = (name: string): string => `It is an option of the cookie here: cookie: { ${name} }.`
const LIFETIME =
  'A session that is not used ends after idleTimeout, any session after absoluteTimeout; ' +
  "cookie: { persistent: true } keeps the cookie for as long. Durations are milliseconds or a string such as '2h'."
const NO_SECRET =
  'A random token needs no secret. For a signed cookie set app.keys and cookie: { signed: true }; ' +
  'to keep the session inside of the cookie, store: new SealedStore({ keys }).'
const EXTENDS = 'A session that is used is extended by itself; expiryThreshold says how often at most.'
const LAZY = 'Nothing is stored before something is written, and nothing is written that has not changed.'
const TOKENS = 'Tokens are made by token: { generate, validate }.'
const TEXT = 'What a session is stored as is said by serializer: { stringify, parse }.'
const EVENTS = "What happens is told by the app's events, such as 'session:created'."
const DELIVERY = 'How the token travels is a state: see the options state and cookie.'

/** By the name in small letters, without underscores and without `cookie` in front. */
const HINTS: Readonly<Record<string, string>> = {
  maxage: LIFETIME,
  expires: LIFETIME,
  ttl: LIFETIME,
  duration: LIFETIME,
  timeout: LIFETIME,
  key: COOKIE("name: 'sid'"),
  name: COOKIE("name: 'sid'"),
  sessionkey: COOKIE("name: 'sid'"),
  path: COOKIE("path: '/'"),
  domain: COOKIE("domain: 'example.com'"),
  httponly: COOKIE('httpOnly: true'),
  secure: COOKIE('secure: true'),
  samesite: COOKIE("sameSite: 'lax'"),
  partitioned: COOKIE('partitioned: true'),
  priority: COOKIE("priority: 'high'"),
  persistent: COOKIE('persistent: true'),
  signed: COOKIE('signed: true'),
  overwrite: 'A cookie of our name always takes the place of an earlier one.',
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
  proxy: 'Whether a proxy is believed is said by app.proxy.',
  storage: 'Where sessions live is said by store: new FileStore({ dir }), say.',
  client: 'A client of a database is given to a store: store: new …Store({ client }).',
  logger: EVENTS,
  debug: EVENTS,
}

/** What an option of another library is called here; `undefined` when none is known. */
export function hintFor(name: string): string | undefined {
  const plain = name
    .toLowerCase()
    .replaceAll('_', '')
    .replace(/^cookie/, '')
  return Object.hasOwn(HINTS, plain) ? HINTS[plain] : undefined
}
