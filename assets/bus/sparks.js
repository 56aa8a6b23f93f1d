/* Small curves: the server says in data-spark which shapes they are made of, [{attributes of the svg}, [name, {attributes}],
   ...], and they are drawn into the page before anyone sees the gap. */
const SVG = "http://www.w3.org/2000/svg";
const SHAPES = new Set(["svg", "polygon", "polyline", "path", "circle", "rect"]);

function shape([name, attributes]) {
  if (!SHAPES.has(name)) throw new Error(`no shape of a spark: ${name}`);
  const made = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

function draw(node) {
  const [frame, ...parts] = JSON.parse(node.dataset.spark);
  const svg = shape(["svg", frame]);
  svg.append(...parts.map(shape));
  node.replaceChildren(svg);
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
