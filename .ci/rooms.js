// The rooms of src from top to bottom, as rules of the linter: a file imports from rooms below its own, types too,
// and from its own. Why in this order: docs/decisions/008-rooms.md. `npm run check` runs it.

/** Rooms in one line do not import each other. A name without a slash is a file. */
const ROOMS = [
  ['index', 'stages'],
  ['middleware'],
  ['options/'],
  ['stages/', 'outside/'],
  ['pipeline/'],
  ['session/'],
  ['draft/'],
  ['persistence/'],
  ['record'],
  ['states/', 'stores/'],
  ['http/'],
  ['checks/'],
]

/** What all rooms stand on. These files may import each other. */
const FLOOR = ['turns', 'token', 'events', 'errors', 'maybe-promise']

const ENTRIES = ['index', 'stages']

/** Optional entries stand on top of all and import what users can import, and what is named here. */
const OPTIONAL = {
  augment: ENTRIES,
  'accounts/': ENTRIES,
  'status-messages': [...ENTRIES, 'status-messages/'],
  'status-messages/': ENTRIES,
  'migrations/': ENTRIES,
  'time-left/': ENTRIES,
  'testing/': [...ENTRIES, 'stores/store', 'checks/'],
  // It has a model of its own: beyond what users can import it shares the checks.
  'koa-session/': [...ENTRIES, 'checks/', 'maybe-promise'],
  // They take records apart, and look after stores as CacheStore does after a cache.
  'adapters/': [
    ...ENTRIES,
    'draft/codec',
    'record',
    'turns',
    'maybe-promise',
    'checks/',
    'stores/store',
    'stores/options',
    'stores/cache/holds',
    'stores/cache/key',
  ],
}

/** The package under its own name would lead round every rule. */
const ITSELF = ['koa-session-pipeline', 'koa-session-pipeline/**']

function rule(files, group, message) {
  const patterns = [{ group: [...ITSELF, ...group], message }]
  return { files: [`**/src/${files}`], rules: { 'no-restricted-imports': ['error', { patterns }] } }
}

/** Nothing outside of the room can be imported but what is allowed. */
function rulesOf(name, names) {
  const ruleFor = (files, up) => {
    const allowed = names.map((one) => (one.endsWith('/') ? `!${up}${one}**` : `!${up}${one}.ts`))
    const message = 'Imports go down only, types too: docs/decisions/008-rooms.md.'
    return rule(files, [`${up}**`, `./${up}**`, ...allowed], message)
  }
  if (!name.endsWith('/')) return [ruleFor(`${name}.ts`, './')]
  return [ruleFor(`${name}*.ts`, '../'), ruleFor(`${name}*/*.ts`, '../../')]
}

/** A file in no room imports nothing, and is imported by none. */
const HOMELESS = rule('**', ['./**', '../**'], 'This file is in no room: give it a place in .ci/rooms.js.')

export default {
  plugins: ['import', 'typescript'],
  categories: { correctness: 'off' },
  rules: {
    'import/no-cycle': ['error', { ignoreTypes: false }],
    // The type `import('…').Name` would slip through.
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    'max-lines': ['error', 200],
  },
  overrides: [
    // The documents of the options.
    { files: ['**/src/options/index.ts'], rules: { 'max-lines': 'off' } },
    HOMELESS,
    ...Object.entries(OPTIONAL).flatMap(([name, allowed]) => rulesOf(name, allowed)),
    ...ROOMS.flatMap((names, index) => {
      const below = [...ROOMS.slice(index + 1).flat(), ...FLOOR]
      return names.flatMap((name) => rulesOf(name, below))
    }),
    ...FLOOR.flatMap((name) => rulesOf(name, FLOOR)),
  ],
}
