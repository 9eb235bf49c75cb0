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
const DELIVERY = 'How the token travels is a state: see the options state and cookie.'

const HINTS: Readonly<Record<string, string>> = {
  maxAge: LIFETIME,
  maxage: LIFETIME,
  expires: LIFETIME,
  ttl: LIFETIME,
  duration: LIFETIME,
  timeout: LIFETIME,
  cookieExpires: LIFETIME,
  cookie_expires: LIFETIME,
  key: COOKIE("name: 'sid'"),
  name: COOKIE("name: 'sid'"),
  cookieName: COOKIE("name: 'sid'"),
  cookie_name: COOKIE("name: 'sid'"),
  session_key: COOKIE("name: 'sid'"),
  path: COOKIE("path: '/'"),
  cookie_path: COOKIE("path: '/'"),
  domain: COOKIE("domain: 'example.com'"),
  cookie_domain: COOKIE("domain: 'example.com'"),
  httpOnly: COOKIE('httpOnly: true'),
  httponly: COOKIE('httpOnly: true'),
  cookie_httponly: COOKIE('httpOnly: true'),
  secure: COOKIE('secure: true'),
  cookie_secure: COOKIE('secure: true'),
  sameSite: COOKIE("sameSite: 'lax'"),
  samesite: COOKIE("sameSite: 'lax'"),
  cookie_samesite: COOKIE("sameSite: 'lax'"),
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
  saveUninitialized: `${LAZY} session.touch() creates an empty session.`,
  autoCommit:
    'The session is stored on the way out; session.save() does it earlier, session.noStore not at all.',
  beforeSave: 'What runs before a session is stored is a stage: stages: (defaults) => defaults.after(…).',
  valid: 'A check of a session is a stage: stages: (defaults) => defaults.after(…).',
  unset: 'session.destroy() or ctx.session = null ends a session.',
  genid: 'Tokens are made by token: { generate, validate }.',
  generate: 'Tokens are made by token: { generate, validate }.',
  sid_generator: 'Tokens are made by token: { generate, validate }.',
  prefix: 'Give a prefix to the store, and a name to the cookie: cookie: { name }.',
  encode: 'What a session is stored as is said by serializer: { stringify, parse }.',
  decode: 'What a session is stored as is said by serializer: { stringify, parse }.',
  externalKey: DELIVERY,
  ContextStore: DELIVERY,
  proxy: 'Whether a proxy is believed is said by app.proxy.',
  storage: 'Where sessions live is said by store: new FileStore({ dir }), say.',
  client: 'A client of a database is given to a store: store: new …Store({ client }).',
  logger: "What happens is told by the app's events, such as 'session:created'.",
  debug: "What happens is told by the app's events, such as 'session:created'.",
}

/** What an option of another library is called here; `undefined` when none is known. */
export function hintFor(name: string): string | undefined {
  return Object.hasOwn(HINTS, name) ? HINTS[name] : undefined
}
