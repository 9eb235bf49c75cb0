export const median = (values) => quantile(values, 0.5)

export const quartiles = (values) => [quantile(values, 0.25), quantile(values, 0.75)]

/** With what lies between two values in proportion. */
function quantile(values, part) {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (sorted.length - 1) * part
  const below = sorted[Math.floor(at)]
  return below + (sorted[Math.ceil(at)] - below) * (at % 1)
}
