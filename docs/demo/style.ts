import { createHash } from 'node:crypto'

/** The style sheet. It stands in the page, so that the page is the only thing a browser asks for. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1d2330, #e8eaf0);
  --soft: light-dark(#576075, #a4adc0);
  --paper: light-dark(#fbfaf7, #14171f);
  --card: light-dark(#ffffff, #1d212c);
  --line: light-dark(#d9d8d2, #363c4c);
  --accent: light-dark(#1f5fbf, #8ab8ff);
  --on-accent: light-dark(#ffffff, #10131a);
  --good: light-dark(#e4f3e6, #17331d);
  --bad: light-dark(#fbe6e4, #43201d);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 46rem; padding: 0 1.25rem 3rem;
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, sans-serif;
}
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 2rem; align-items: baseline; padding: 1.25rem 0;
  border-bottom: 1px solid var(--line); }
header p { margin: 0; font-weight: 650; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: .25rem 0; }
nav a[aria-current] { color: var(--ink); font-weight: 650; text-decoration-thickness: 2px; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 2rem 0 .75rem; }
h2 { font-size: 1.125rem; margin: 0 0 .5rem; }
.message { margin: 1.5rem 0 0; padding: .75rem 1rem; border-radius: .5rem; background: var(--good); }
.message.error { background: var(--bad); }
.count { font-size: 3.5rem; font-weight: 700; line-height: 1; margin: 1rem 0; font-variant-numeric: tabular-nums; }
form { margin: 1rem 0; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input { font: inherit; color: inherit; width: 100%; max-width: 20rem; padding: .5rem .75rem;
  background: var(--card); border: 1px solid var(--soft); border-radius: .375rem; }
button { font: inherit; font-weight: 600; padding: .5rem 1rem; border: 1px solid transparent; border-radius: .375rem;
  background: var(--accent); color: var(--on-accent); cursor: pointer; }
.field { display: flex; flex-wrap: wrap; gap: .75rem; }
.field input { flex: 1 1 12rem; }
.note { color: var(--soft); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { text-align: left; padding: .625rem .75rem .625rem 0; border-bottom: 1px solid var(--line);
  vertical-align: middle; }
td form { margin: 0; display: inline-block; }
td:last-child { text-align: right; padding-right: 0; }
.stages td:last-child { text-align: left; }
code { font-size: .9375rem; overflow-wrap: anywhere; }
td code { white-space: nowrap; }
footer { margin-top: 3rem; padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
`

/** Headers for all answers: nothing but this page, this style and forms to this site. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
}
