import test from 'ava'
import { scanCookies } from '../../src/states/cookie-header.ts'
import { CookieState } from '../../src/states/cookie.ts'
import { context, serve } from '../helpers/state-server.ts'

const TOKEN = 'q0Z8sXv3J1mB5nC7kD9fG2hL4pR6tW8yA0bE3iO5uQx'

const found: [sentence: string, header: string, tokens: string[]][] = [
  ['a lone cookie is found', `sid=${TOKEN}`, [TOKEN]],
  ['a cookie among others is found', `a=1; sid=${TOKEN}; b=2`, [TOKEN]],
  ['spaces and tabs around name and value do not matter', ` \t sid\t = \t${TOKEN} \t; b=2`, [TOKEN]],
  ['separators without a space do', `a=1;sid=${TOKEN};b=2`, [TOKEN]],
  ['a quoted value is unquoted', `sid="${TOKEN}"`, [TOKEN]],
  ['a lone quote is no quotation', 'sid="', ['"']],
  ['a value may contain =', 'sid=a=b==', ['a=b==']],
  ['several cookies of our name are candidates in their order', 'sid=b; x=1; sid=a', ['b', 'a']],
  ['a repeated value is one candidate', 'sid=a; sid=a; sid=b; sid=a', ['a', 'b']],
  [
    'of ten cookies the first four are looked at',
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `sid=${n}`).join('; '),
    ['0', '1', '2', '3'],
  ],
  ['an empty value is no candidate', 'sid=; sid=""; sid=a', ['a']],
  ['a name in other letters is another cookie', `SID=${TOKEN}; Sid=b`, []],
  ['a longer name is another cookie', `xsid=${TOKEN}; sidx=b; sid.sig=c`, []],
  ['a nameless cookie does not pass for ours', '=sid=evil; ==sid=evil', []],
  ['our name in the value of another cookie is nothing', 'a=sid=evil; b="sid=evil"', []],
  ['a name without = is nothing', 'sid; sid', []],
  ['a name after a no-break space is another', '\u00a0sid=evil', []],
  ['a name before a no-break space is another', 'sid\u00a0=evil', []],
  ['a name after the UTF-8 form of a no-break space is another', '\u00c2\u00a0sid=evil', []],
  ['other white space is not trimmed from values', 'sid=\u00a0a\u00a0', ['\u00a0a\u00a0']],
  ['values are not decoded', 'sid=%41', ['%41']],
  ['garbage is nothing', ';;; = ;==;"";\u0080\u00ff;%;%zz=%zz', []],
  ['an empty header is nothing', '', []],
  ['a value of 4096 bytes is still a candidate', `sid=${'a'.repeat(4096)}`, ['a'.repeat(4096)]],
  ['a longer value is ignored', `sid=${'a'.repeat(4097)}; sid=b`, ['b']],
]
for (const [sentence, header, tokens] of found) {
  test(sentence, (t) => {
    t.deepEqual(new CookieState().extract(context({ cookie: header })), tokens)
  })
}

for (const evil of [
  '%5F%5FHost-sid=evil',
  '%5f%5fHost-sid=evil',
  '__host-sid=evil',
  '__HOST-sid=evil',
  '\u00a0__Host-sid=evil',
  '=__Host-sid=evil',
  '__Host-sid%00=evil',
]) {
  test(`${JSON.stringify(evil)} does not shadow __Host-sid`, (t) => {
    const state = new CookieState({ name: '__Host-sid', secure: true })
    t.deepEqual(state.extract(context({ cookie: `${evil}; __Host-sid=${TOKEN}` })), [TOKEN])
  })
}

test('a request without a cookie header has no candidates', (t) => {
  t.deepEqual(new CookieState().extract(context()), [])
})

test('the cookie is found in what a client really sends', async (t) => {
  const state = new CookieState()
  const server = await serve(t, (ctx) => {
    ctx.body = state.extract(ctx)
  })
  const response = await server.get('/', {
    Cookie: `a=1; sid=${TOKEN}; \u00a0sid=evil; %73id=evil; =sid=evil`,
  })
  t.deepEqual(response.body, [TOKEN])
})

const MEGABYTE = 1 << 20
const huge: [sentence: string, header: string][] = [
  ['separators', ';'.repeat(MEGABYTE)],
  ['almost our name', 'sid'.repeat(MEGABYTE / 3)],
  ['spaces before our name', `a${' '.repeat(MEGABYTE)}sid=x`],
  ['runs of spaces and our name', `x${' '.repeat(1000)}sid`.repeat(MEGABYTE / 1004)],
  ['our name and spaces', `sid${' '.repeat(1000)}`.repeat(MEGABYTE / 1003)],
  ['empty cookies of ours', 'sid=;'.repeat(MEGABYTE / 5)],
  ['one cookie of ours again and again', 'sid=a;'.repeat(MEGABYTE / 6)],
  ['one endless value', `sid=${'a'.repeat(MEGABYTE)}`],
  ['blanks in a value', `sid=a${' '.repeat(MEGABYTE)}b`],
  ['quotes', 'sid="'.repeat(MEGABYTE / 5)],
]
for (const [sentence, header] of huge) {
  test.serial(`a megabyte of ${sentence} costs little`, (t) => {
    scanCookies(header, 'sid')
    const began = performance.now()
    scanCookies(header, 'sid')
    // Quadratic work would take minutes; the margin is for a busy machine.
    t.true(performance.now() - began < 250)
  })
}
