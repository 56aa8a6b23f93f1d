/* Small curves: the server says each as SVG in data-spark, and they are drawn into the page, before anyone sees the gap. */
const parser = new DOMParser();

function draw(node) {
  const picture = parser.parseFromString(node.dataset.spark, "image/svg+xml").documentElement;
  node.replaceChildren(document.importNode(picture, true));
}

const within = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.querySelectorAll("[data-spark]") : []);

function drawChanged(changes) {
  for (const { type, target, addedNodes } of changes) {
    if (type === "attributes") draw(target);
    for (const node of addedNodes) {
      if (node.dataset && node.dataset.spark) draw(node);
      within(node).forEach(draw);
    }
  }
}

export function attendSparks(root) {
  within(root).forEach(draw);
  new MutationObserver(drawChanged).observe(root, { childList: true, subtree: true, attributeFilter: ["data-spark"] });
}
