import type { Pipeline, SessionObject } from 'koa-session-pipeline'
import { Html, html } from './html.ts'
import type { Visit } from './sessions.ts'
import { STYLE } from './style.ts'

type VisitSession = SessionObject<Visit>

const PAGES = { '/': 'Counter', '/login': 'Login', '/cart': 'Cart', '/stages': 'Stages' } as const

export const PRODUCTS: Readonly<Record<string, string>> = {
  notebook: 'Notebook',
  pencil: 'Pencil',
  tea: 'Tea, 100 g',
}

/** The frame of every page. It looks at the flash: what waited is shown, and shown once. */
export function layout(title: string, path: string, session: VisitSession, main: Html): string {
  const { notice, error } = session.flash as { notice?: string; error?: string }
  const links = Object.entries(PAGES).map(
    ([href, name]) =>
      html`<li><a href="${href}" ${href === path ? html`aria-current="page"` : ''}>${name}</a></li> `,
  )
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · koa-session-pipeline demo</title>
        <link rel="icon" href="data:," />
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <p>koa-session-pipeline demo</p>
          <nav aria-label="Pages">
            <ul>
              ${links}
            </ul>
          </nav>
        </header>
        <main id="main">
          ${notice === undefined ? undefined : html`<p class="message" role="status">${notice}</p>`}
          ${error === undefined ? undefined : html`<p class="message error" role="alert">${error}</p>`}
          <h1>${title}</h1>
          ${main}
        </main>
        <footer aria-labelledby="session">
          <h2 id="session">Your session</h2>
          ${sessionFacts(session)}
        </footer>
      </body>
    </html>`.text
}

function sessionFacts(session: VisitSession): Html {
  if (session.isNew && Object.keys(session).length === 0) {
    return html`<p class="note">None yet. One begins when something is written into it.</p>`
  }
  return html`<dl>
    <dt>Id</dt>
    <dd><code data-id>${session.id}</code></dd>
    <dt>Name</dt>
    <dd>${session.user ?? 'not logged in'}</dd>
    <dt>Began</dt>
    <dd>${time(session.createdAt) ?? 'with this request'}</dd>
    <dt>Ends, if unused</dt>
    <dd>${time(session.expiresAt) ?? 'two hours from now'}</dd>
  </dl>`
}

function time(date: Date | undefined): Html | undefined {
  return date && html`<time datetime="${date.toISOString()}">${date.toUTCString()}</time>`
}

export function counterPage(views: number): Html {
  return html`<p>You have opened this page</p>
    <p class="count"><span data-views>${views}</span> ${views === 1 ? 'time' : 'times'}</p>
    <p>
      Reload it, or stop the program and start it again: the count goes on, as the session is a file on disk.
    </p>`
}

export function loginPage(user: string | undefined): Html {
  if (user !== undefined) {
    return html`<p>You are logged in as <strong>${user}</strong>.</p>
      <form method="post" action="/logout"><button>Log out</button></form>
      <p class="note">Logging out destroys the session, here and in the browser, with the cart in it.</p>`
  }
  return html`<form method="post" action="/login">
      <label for="name">Your name</label>
      <div class="field">
        <input id="name" name="name" autocomplete="username" required maxlength="40" />
        <button>Log in</button>
      </div>
    </form>
    <p class="note">
      There is no password here. The session gets a new id at login, so that nobody who knew the former one is
      logged in with you. The cart is carried over.
    </p>`
}

export function cartPage(cart: Readonly<Record<string, number>>): Html {
  const rows = Object.entries(PRODUCTS).map(
    ([product, name]) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td data-count="${product}">${cart[product] ?? 0}</td>
        <td>
          <form method="post" action="/cart">
            <button name="product" value="${product}" aria-label="Add ${name}">Add</button>
          </form>
        </td>
      </tr>`,
  )
  return html`<table>
      <thead>
        <tr>
          <th scope="col">Product</th>
          <th scope="col">In your cart</th>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    <p class="note">
      Each button posts and redirects. The message waits in the flash until a page looks at it, and is gone at
      the next.
    </p>`
}

export function stagesPage(stages: Pipeline, builtIn: readonly string[]): Html {
  const rows = [...stages].map(
    ({ name, off }) =>
      html`<tr>
        <td>
          ${builtIn.includes(name) ? html`<code>${name}</code>` : html`<code><strong>${name}</strong></code>`}
        </td>
        <td>${builtIn.includes(name) ? 'built in' : 'this demo'}</td>
        <td>${off ? 'off' : 'runs'}</td>
      </tr>`,
  )
  return html`<p>
      Every request runs through these stages: downwards on the way in, then the page, then upwards on the way
      out.
    </p>
    <div class="scroll">
      <table class="stages">
        <thead>
          <tr>
            <th scope="col">Stage</th>
            <th scope="col">From</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    <p class="note">
      <code>audit</code> is this demo's own. It writes a line to the console for each request.
    </p>`
}

export function missingPage(): Html {
  return html`<p>There is no such page. <a href="/">Go to the counter.</a></p>`
}
