/* What a person would complain about in a page, as lines of text. Returned by one function of what is excused:
   { least: smallest text in px, excused: selector of one-line texts that may end in an ellipsis } */
({ least, excused }) => {
  const wall = document.documentElement.dataset.screen === "large";
  const canvas = wall ? document.getElementById("wall").getBoundingClientRect() : null;
  const scale = wall ? canvas.height / 1080 : 1;
  const out = { scrolls: [], overlaps: [], outside: [], cut: [], small: [], texts: [], blank: [] };
  const name = (e) => {
    const own = e.id ? `#${e.id}` : `${e.tagName.toLowerCase()}.${(e.getAttribute("class") || "").trim().replace(/\s+/g, ".")}`;
    const panel = e.closest(".panel");
    return panel && panel !== e ? `${panel.id} ${own}` : own;
  };
  const shown = (e) => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && e.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  };
  const meet = (a, b, by) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > by
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;
  const within = (a, b, by) => a.left >= b.left - by && a.right <= b.right + by && a.top >= b.top - by && a.bottom <= b.bottom + by;

  const clipped = (box, e) => { // what is left of a box after everything round it has cut it
    const left = { left: box.left, right: box.right, top: box.top, bottom: box.bottom };
    for (let p = e; p && p !== document.body; p = p.parentElement) {
      const style = getComputedStyle(p);
      const own = p.getBoundingClientRect();
      if (style.overflowX !== "visible") { left.left = Math.max(left.left, own.left); left.right = Math.min(left.right, own.right); }
      if (style.overflowY !== "visible") { left.top = Math.max(left.top, own.top); left.bottom = Math.min(left.bottom, own.bottom); }
    }
    return left;
  };
  const floats = (e) => { // bars that lie over a page that scrolls under them
    for (let p = e; p; p = p.parentElement) if (["fixed", "sticky"].includes(getComputedStyle(p).position)) return true;
    return false;
  };

  const beneath = (box, panel) => { // whether another panel lies over this place, as the red stage does over the totals
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    const top = document.elementFromPoint(x, y)?.closest(".panel");
    return Boolean(top && panel && top !== panel && !top.contains(panel) && !panel.contains(top));
  };

  const frameOf = (panel, e) => { // a panel whose parts lie on the wall's own grid has no box but theirs
    const free = (p) => getComputedStyle(p).display === "contents";
    if (!free(panel)) return panel.getBoundingClientRect();
    let part = e;
    while (part.parentElement !== panel && !free(part.parentElement)) part = part.parentElement;
    return part.getBoundingClientRect();
  };

  // --- the page does not scroll where it must not
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) out.scrolls.push(`sideways: ${page.scrollWidth} > ${page.clientWidth}`);
  if (wall && page.scrollHeight > page.clientHeight) out.scrolls.push(`down: ${page.scrollHeight} > ${page.clientHeight}`);

  // --- panels lie apart, and on the canvas
  const panels = [...document.querySelectorAll(".panel")].filter((e) => shown(e) && !beneath(e.getBoundingClientRect(), e));
  panels.forEach((a, i) => panels.slice(i + 1).forEach((b) => {
    if (a.contains(b) || b.contains(a)) return;
    if (meet(a.getBoundingClientRect(), b.getBoundingClientRect(), 0.5)) out.overlaps.push(`${name(a)} and ${name(b)}`);
  }));
  for (const panel of panels) {
    const box = panel.getBoundingClientRect();
    const limits = canvas || { left: 0, right: page.clientWidth, top: -1e9, bottom: 1e9 };
    if (!within(box, limits, 0.5)) out.outside.push(name(panel));
    if (!panel.innerText.trim() && !panel.querySelector("svg")) out.blank.push(name(panel));
  }

  // --- what clips shows all of it; what may be scrolled is not cut, but nobody scrolls a wall
  const clips = (overflow) => ["hidden", "clip"].includes(overflow) || (wall && overflow !== "visible");
  for (const e of document.querySelectorAll("#page *")) {
    if (!(e instanceof HTMLElement) || !shown(e) || !e.clientWidth || beneath(e.getBoundingClientRect(), e.closest(".panel"))) continue;
    if (e.closest(".visually-hidden, .places")) continue; // for ears and keys
    const style = getComputedStyle(e);
    const wide = clips(style.overflowX) && e.scrollWidth > e.clientWidth + 1;
    // Where lines are set tighter than the font's own height, its empty edges stick out, not its ink.
    const high = clips(style.overflowY) && e.scrollHeight > e.clientHeight + Math.max(1, 0.15 * Number.parseFloat(style.fontSize));
    if (!wide && !high) continue;
    if (excused && e.matches(excused) && !high && style.textOverflow === "ellipsis") continue;
    out.cut.push(`${name(e)}: ${e.scrollWidth}x${e.scrollHeight} in ${e.clientWidth}x${e.clientHeight}: ${e.innerText.slice(0, 60)}`);
  }

  // --- texts: large enough, in their panel, not on one another
  const texts = [];
  const walker = document.createTreeWalker(document.getElementById("page"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.textContent.trim() || !parent || !shown(parent) || parent.closest(".visually-hidden, .visually-hidden-focusable, .places")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const seen = clipped(box, parent);
      if (seen.right - seen.left > 1 && seen.bottom > seen.top && !beneath(seen, parent.closest(".panel"))) texts.push({ box: seen, parent, text: node.textContent.trim() });
    }
    const svg = parent.closest("svg");
    const drawn = svg && parent.getScreenCTM ? parent.getScreenCTM().a : scale;
    const size = Number.parseFloat(getComputedStyle(parent).fontSize) * drawn;
    if (size < least * scale - 0.01) out.small.push(`${name(parent)}: ${size} px: ${node.textContent.trim().slice(0, 40)}`);
  }
  for (const { box, parent, text } of texts) {
    const panel = parent.closest(".panel");
    if (panel && !within(box, frameOf(panel, parent), 2)) out.outside.push(`${name(parent)}: ${text.slice(0, 40)}`);
  }
  const slim = ({ box }) => {
    const edge = (box.bottom - box.top) * 0.2; // of a line's height there is no ink
    return { left: box.left, right: box.right, top: box.top + edge, bottom: box.bottom - edge };
  };
  texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
    if (a.parent === b.parent || !meet(slim(a), slim(b), 1) || floats(a.parent) !== floats(b.parent)) return;
    out.texts.push(`${name(a.parent)} "${a.text.slice(0, 30)}" on ${name(b.parent)} "${b.text.slice(0, 30)}"`);
  }));
  return out;
}
