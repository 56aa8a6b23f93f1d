/* A panel is drawn over what stands there: what is no longer wanted goes, with what a person holds in it. That is put
   back: the focus, a table scrolled sideways. */
const CAN_HOLD = "a[href],button,input,select,textarea,[tabindex]";
const GIVE_UP_MS = 1000;

const holders = (root) => [...root.querySelectorAll(CAN_HOLD)];
const wide = (root) => [...root.querySelectorAll(".table-wrap")];

/* Call before a panel's new content is put onto the page. */
export function hold(root) {
  const focused = root && root.contains(document.activeElement) ? document.activeElement : null;
  const tables = root ? wide(root) : [];
  const scrolled = tables.map((node) => node.scrollLeft);
  if (!focused && !scrolled.some(Boolean)) return;
  const place = focused ? holders(root).indexOf(focused) : -1;
  const putBack = () => {
    wide(root).forEach((node, i) => {
      if (node === tables[i]) return;
      node.scrollLeft = scrolled[i] || 0;
      tables[i] = node;
    });
    if (!focused || focused.isConnected || document.activeElement !== document.body) return;
    const now = holders(root);
    const same = focused.dataset.go && now.find((node) => node.dataset.go === focused.dataset.go);
    (same || now[place])?.focus({ preventScroll: true });
  };
  const watch = new MutationObserver(putBack);
  watch.observe(root, { childList: true, subtree: true });
  setTimeout(() => watch.disconnect(), GIVE_UP_MS);
}
