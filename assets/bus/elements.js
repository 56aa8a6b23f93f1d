/* What a panel is made of, drawn by React without Dash's wrapper around each element: a wall has some 1,500 of them, and
   Dash would ask every one at every change of any. It is a component of Dash's own kind, so that Dash holds the panels. */
const createElement = (...given) => window.React.createElement(...given); // React may come later than this

const nobodyAsks = () => {}; // there are no callbacks

function elementOf(node) {
  if (node === null || typeof node !== "object") return node;
  const { type, namespace, props: { children, ...props } } = node;
  const within = elementsOf(children);
  if (namespace === "dash_html_components") return createElement(type.toLowerCase(), props, ...within);
  return createElement(window[namespace][type], { setProps: nobodyAsks, ...props }, ...within);
}

const elementsOf = (children) => (Array.isArray(children) ? children.map(elementOf) : [elementOf(children)]);

window.city_cockpit = { Drawn: ({ parts }) => createElement(window.React.Fragment, null, ...elementsOf(parts)) };

const inside = (id) => `in-${id}`;
const isPanel = (node) => node.props && String(node.props.id).startsWith("p-");

/* A page's skeleton with what is in its panels to be drawn so: a component each, which stays while its parts change. Of
   new children Dash would make the elements anew. */
export function withPanels(node) {
  if (Array.isArray(node)) return node.map(withPanels);
  if (node === null || typeof node !== "object") return node;
  const { children, id } = node.props;
  const drawn = () => ({ namespace: "city_cockpit", type: "Drawn", props: { id: inside(id), parts: children } });
  return { ...node, props: { ...node.props, children: isPanel(node) ? drawn() : withPanels(children) } };
}

/* What a panel's answer sets on it, as what is to be set on the two: {component id: {prop: value}}. */
export function asElements(props) {
  return Object.fromEntries(Object.entries(props).flatMap(([id, { children, ...own }]) => [
    [inside(id), { parts: children }], [id, own],
  ]));
}
