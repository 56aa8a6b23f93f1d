/* Areas and alerts of the page's maps as links, for whoever uses no pointer: made when their list is opened. */
import { isTarget, resolve } from "./pages.js";
import { byId } from "./state.js";

const WRITTEN = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&#123;": "{", "&#125;": "}", "&#36;": "$" }; // for plotly

/* target -> what the map says there, in the map's order */
function places() {
  const found = new Map();
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    for (const { customdata, hovertext } of plot.data || []) {
      if (!Array.isArray(customdata) || !Array.isArray(hovertext)) continue;
      customdata.forEach((target, i) => {
        const said = isTarget(target) && hovertext[i];
        if (said) found.set(target, said.replace(/&[^;]+;/g, (sign) => WRITTEN[sign] || sign));
      });
    }
  }
  return found;
}

function link([target, text]) {
  const a = document.createElement("a");
  Object.assign(a, { href: resolve(target), textContent: text });
  a.dataset.go = target;
  const item = document.createElement("li");
  item.append(a);
  return item;
}

export function attendPlaces() {
  // `toggle` does not bubble
  document.addEventListener("toggle", (event) => {
    const list = byId("places");
    if (!list || event.target !== list.parentElement || !event.target.open) return;
    list.replaceChildren(...[...places()].map(link));
  }, true);
}

/* Another page has other places. */
export function closePlaces() {
  const list = byId("places");
  if (!list) return;
  list.parentElement.open = false;
  list.replaceChildren();
}
