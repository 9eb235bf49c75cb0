/** Of all names those that a list with commas asks for, with those that are always needed; all, if nothing is asked. */
export function chosen(list, all, needed = []) {
  if (list === undefined || list === 'all') return all
  const asked = list.split(',')
  const unknown = asked.find((name) => !all.includes(name))
  if (unknown !== undefined) throw new TypeError(`Expected some of ${all.join(', ')}, got ${unknown}.`)
  return all.filter((name) => asked.includes(name) || needed.includes(name))
}
