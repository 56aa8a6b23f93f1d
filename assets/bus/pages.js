/* Pages: shown without loading anew, so that the link and the libraries stay. */
import { Refused, apply, ask } from "./ask.js";
import { withPanels } from "./elements.js";
import { follow, poll } from "./link.js";
import { begin, wakeAll } from "./panels.js";
import { closePlaces } from "./places.js";
import { announce, byId, html, notice, pause, say, screenId, state } from "./state.js";
import { tickTexts } from "./time.js";
import { scaleWall } from "./wall.js";

let me = null;
let asked = 0; // pages asked for; only the answer to the latest is shown
let followed = null; // the area whose counters the server tells

/* Show the page of an address, entered into the browser's history by "pushState" or "replaceState". Throws when not
   reached. */
export async function show(path, entered) {
  const turn = ++asked;
  let told;
  try {
    told = await tellPage(path);
  } catch (error) {
    if (turn !== asked) return; // nobody waits for it any more
    if (!(error instanceof Refused)) throw error;
    notice("page", say(`error.${error.message}`));
    return;
  }
  if (turn !== asked) return;
  const moved = followed !== told.page.area;
  state.page = told.page;
  state.texts = told.page.texts;
  if (moved) state.versions = {};
  const framesAreThere = begin(told.page.panels);
  document.title = told.page.title;
  if (entered) history[entered](null, "", path);
  wakeAll(); // asked for while their frames are drawn
  await apply({ page: { children: withPanels(told.props.page.children) } });
  await onPage(told.page.panels);
  if (turn !== asked) return;
  framesAreThere();
  notice("page", "");
  closePlaces();
  dress();
  tickTexts();
  if (moved) {
    followed = told.page.area;
    follow(followed);
    poll().catch(() => {}); // the socket tells the same; panels need not wait for it
  }
  if (entered === "pushState") arrive();
}

/* As after loading a page: at its top, its name read out, the keyboard there where what had the focus is gone. */
function arrive() {
  window.scrollTo(0, 0);
  announce(document.title);
  const main = document.querySelector("main");
  if (main && document.activeElement === document.body) main.focus({ preventScroll: true });
}

async function tellPage(path) {
  const [name, query] = path.split("?");
  const wanted = new URLSearchParams(query || "");
  wanted.set("lang", state.lang);
  return (await ask(`/api/pages${name}?${wanted}`)).json();
}

/* React draws when it likes: panels may be filled only once their frames are there. */
async function onPage(panels) {
  const ids = Object.keys(panels);
  for (let i = 0; i < 200 && !ids.every((id) => byId(`p-${id}`)); i++) await pause(10);
}

/* "/medium/...", "area:<id>", "alert:<id>" -> the path on this screen. */
export const isTarget = (text) => typeof text === "string" && /^(\/|area:|alert:)/.test(text);

export function resolve(target) {
  const [kind, id] = target.split(/:(.*)/s);
  if (kind === "area") {
    const kept = new URLSearchParams(location.search); // the page or panel, and what was chosen for it
    kept.delete("lang");
    const cockpit = state.page.cockpit === "alert" ? "alerts" : state.page.cockpit;
    return `/${screenId}/${cockpit}/${encodeURIComponent(id)}${kept.size ? `?${kept}` : ""}`;
  }
  return kind === "alert" ? `/${screenId}/alert/${encodeURIComponent(id)}` : target;
}

export function go(target) {
  const path = resolve(target);
  if (path.startsWith(`/${screenId}/`)) show(path, "pushState").catch(() => location.assign(path));
  else location.assign(path.startsWith("/") && !path.startsWith("//") ? path : "/");
}

/* Who is looking is known to the browser only, never in a page's bytes. */
export async function learnMe() {
  me = await (await ask("/api/me")).json();
  dress();
}

export function dress() {
  scaleWall();
  document.querySelector("meta[name=theme-color]").content = getComputedStyle(html).getPropertyValue("--ground").trim();
  const here = document.querySelector(".tabs > [aria-current]");
  if (here) here.scrollIntoView({ block: "nearest", inline: "nearest" }); // of more tabs than there is room for
  if (!me || !state.page) return;
  const account = byId("account");
  if (account && me.name) account.textContent = me.name;
  // Areas above one's own are named, but lead nowhere.
  for (const node of document.querySelectorAll("[data-area]")) {
    if (me.above.includes(node.dataset.area)) {
      node.removeAttribute("data-go");
      node.removeAttribute("href");
    }
  }
  notice("local", me.kind === "local" ? say("local") : "", { href: "/first", text: say("local.link") });
}
