/** An element with attributes and children. Text is text: nothing that a visitor wrote becomes HTML. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(2).filter((child) => child !== undefined && child !== false))
  return element
}

export const at = (id) => document.getElementById(id)

/** A card with a heading. */
export function card(title, ...children) {
  return el('section', { class: 'card' }, el('h3', {}, title), ...children)
}

/** Pairs of a term and its description. */
export function facts(pairs) {
  return el(
    'dl',
    {},
    pairs.map(([term, value]) => [el('dt', {}, term), el('dd', {}, value)]),
  )
}

export const code = (text) => el('code', {}, text)
