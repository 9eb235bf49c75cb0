/** The URL with `name=value` in its query, in place of any former parameter of that name. */
export function withParameter(url: string, name: string, value: string): string {
  const hash = url.indexOf('#')
  const fragment = hash === -1 ? '' : url.slice(hash)
  const target = hash === -1 ? url : url.slice(0, hash)
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  const query = mark === -1 ? '' : target.slice(mark + 1)
  const others = query.split('&').filter((pair) => pair !== '' && !new URLSearchParams(pair).has(name))
  return `${path}?${[...others, `${name}=${value}`].join('&')}${fragment}`
}
