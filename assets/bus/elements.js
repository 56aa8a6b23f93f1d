/* What a panel is made of, drawn by React without Dash's wrapper around each element: a wall has some 1,500 of them, and
   Dash would ask every one at every change of any. It is a component of Dash's own kind, so that Dash holds the panels. */
const createElement = (...given) => window.React.createElement(...given); // React may come later than this

const nobodyAsks = () => {}; // there are no callbacks

function elementOf(node) {
  if (node === null || typeof node !== "object") return node;
  const { type, namespace, props: { children, ...props } } = node;
  const inside = elementsOf(children);
  if (namespace === "dash_html_components") return createElement(type.toLowerCase(), props, ...inside);
  return createElement(window[namespace][type], { setProps: nobodyAsks, ...props }, ...inside);
}

const elementsOf = (children) => (Array.isArray(children) ? children.map(elementOf) : [elementOf(children)]);

window.city_cockpit = { Drawn: ({ parts }) => createElement(window.React.Fragment, null, ...elementsOf(parts)) };

/* {component id: {prop: value}} as a panel's answer has it -> the same with its children to be drawn so. */
export function asElements(props) {
  return Object.fromEntries(Object.entries(props).map(([id, { children, ...rest }]) => [id, {
    ...rest, children: { namespace: "city_cockpit", type: "Drawn", props: { parts: children } },
  }]));
}
