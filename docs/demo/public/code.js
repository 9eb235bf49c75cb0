import { el } from './dom.js'

const TOKEN =
  /(?<comment>\/\*[\s\S]*?\*\/|\/\/[^\n]*)|(?<string>'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(?<keyword>\b(?:as|async|await|const|else|export|for|from|function|if|import|in|let|new|of|return|throw|try|catch|type|typeof|undefined|yield)\b)/g

/** Source text with its comments, strings and keywords told apart. */
export function source(text, label) {
  const pre = el('pre', { tabindex: '0', 'aria-label': label })
  let from = 0
  for (const match of text.matchAll(TOKEN)) {
    pre.append(text.slice(from, match.index))
    const [kind] = Object.entries(match.groups).find(([, found]) => found !== undefined)
    pre.append(el('span', { class: kind }, match[0]))
    from = match.index + match[0].length
  }
  pre.append(text.slice(from))
  return pre
}

/** Scrolls to the routes: what comes before says only what the page says. */
export function showRoutes(pre) {
  const lines = pre.textContent.split('\n')
  const line = lines.findIndex((text) => /^ {2}routes\(.*\{$/.test(text))
  if (line > 0) pre.scrollTop = (line * pre.scrollHeight) / lines.length
}
