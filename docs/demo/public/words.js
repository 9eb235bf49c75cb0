const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
]

/** A time as people say it: its two largest units. */
export function duration(ms) {
  let rest = Math.max(0, Math.floor(ms / 1000) * 1000)
  const parts = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  return parts.slice(0, 2).join(' ') || '0 s'
}

/** How long a stage took. */
export function took(ms) {
  if (ms < 0.1) return `${Math.max(0.01, ms).toFixed(2)} ms`
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

const DAY = { weekday: 'short', day: 'numeric', month: 'short' }

export function clockTime(now) {
  const date = new Date(now)
  return `${date.toLocaleDateString('en-GB', DAY)}, ${date.toLocaleTimeString('en-GB')}`
}
