/* What the page knows: settled by the server (boot), chosen by the viewer, told since. One screen, one state. */
export const boot = JSON.parse(document.querySelector('meta[name="city"]').content);
export const html = document.documentElement;
export const screenId = html.dataset.screen;
export const isWall = screenId === "large";

export const state = {
  boot: boot.boot, // which store the counters are of
  lang: html.lang.startsWith("zh") ? "zh" : "en",
  theme: html.dataset.bsTheme,
  page: null, // what /api/pages said of the page shown
  texts: {},
  versions: {}, // input -> counter, of the page's area
  panels: new Map(), // placement id -> what is known of it
  heardAt: 0, // performance.now() when the server last spoke
};

export const byId = (id) => document.getElementById(id);
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));
export const jitter = (ms) => ms * (0.5 + Math.random() / 2);
export const backoff = (tries, firstMs, lastMs) => jitter(Math.min(lastMs, firstMs * 2 ** Math.min(tries, 10)));

/* Text of the page's language; unknown holes stay empty. */
export const say = (key, holes = {}) =>
  (state.texts[key] || "").replace(/\{(\w+)\}/g, (_, name) => (name in holes ? holes[name] : ""));

export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/* Read out by screen readers when they have nothing else to say. */
export const announce = (text) => put(byId("said"), text);

/* One line across the page: the gravest of what there is to say. */
const notices = {};
const GRAVEST_FIRST = ["offline", "store", "act", "page", "local"];
export function notice(kind, text, link) {
  if (text) notices[kind] = { text, link };
  else delete notices[kind];
  const node = byId("notice");
  if (!node) return;
  const shown = GRAVEST_FIRST.find((one) => notices[one]);
  node.hidden = !shown;
  node.classList.toggle("strong", shown !== undefined && shown !== "local");
  const said = notices[shown] || { text: "" };
  const words = said.text + (said.link ? ` ${said.link.text}` : "");
  if (node.textContent === words) return;
  node.textContent = said.text;
  if (said.link) {
    const a = document.createElement("a");
    a.href = said.link.href;
    a.textContent = said.link.text;
    a.style.textDecoration = "underline";
    node.append(" ", a);
  }
}
