// Runs in the page: what is wrong with the layout, in words.
;(() => {
  const faults = []
  const { documentElement } = document
  if (documentElement.scrollWidth > innerWidth)
    faults.push(`The page is ${documentElement.scrollWidth} wide.`)

  /** What of a box can be seen: what scrolls is cut off at its container. */
  const clip = (rect, parent) => {
    const box = { left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom }
    for (let outer = parent; outer; outer = outer.parentElement) {
      if (getComputedStyle(outer).overflowY === 'visible') continue
      const frame = outer.getBoundingClientRect()
      box.left = Math.max(box.left, frame.left)
      box.right = Math.min(box.right, frame.right)
      box.top = Math.max(box.top, frame.top)
      box.bottom = Math.min(box.bottom, frame.bottom)
    }
    return box
  }
  const texts = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    const parent = node.parentElement
    const text = node.textContent.trim()
    if (text === '' || parent.closest('.skip, option') || !parent.checkVisibility()) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    for (const rect of range.getClientRects()) {
      const box = clip(rect, parent)
      if (box.right - box.left < 1 || box.bottom - box.top < 1) continue
      texts.push({ text, parent, box })
      const scrolls = parent.closest('pre, .scroll')
      if (!scrolls && (rect.left < 0 || rect.right > innerWidth)) faults.push(`Cut off: ${text}`)
    }
  }

  const overlap = (one, other) =>
    Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left) > 1 &&
    Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top) > 4
  for (const [index, one] of texts.entries()) {
    for (const other of texts.slice(index + 1)) {
      if (one.parent !== other.parent && overlap(one, other))
        faults.push(`Overlap: ${one.text} | ${other.text}`)
    }
  }

  // WCAG 2.2, 1.4.3: a contrast of 4.5 to 1.
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (color) => {
    const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const behind = (element) => {
    for (let outer = element; outer; outer = outer.parentElement) {
      const { backgroundColor } = getComputedStyle(outer)
      if ((channels(backgroundColor)[3] ?? 1) > 0) return backgroundColor
    }
    return 'rgb(255, 255, 255)'
  }
  for (const { text, parent } of texts) {
    const lights = [getComputedStyle(parent).color, behind(parent)].map(luminance).toSorted((a, b) => b - a)
    const ratio = (lights[0] + 0.05) / (lights[1] + 0.05)
    if (ratio < 4.5) faults.push(`Contrast ${ratio.toFixed(1)}: ${text}`)
  }
  return [...new Set(faults)]
})()
