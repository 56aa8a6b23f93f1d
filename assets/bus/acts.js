/* Clicks, taps and keys. An action takes two taps: the first arms for three seconds, the second acts. */
import { post } from "./ask.js";
import { dress, go, isTarget, show } from "./pages.js";
import { again } from "./panels.js";
import { announce, byId, html, isWall, notice, put, say, screenId, state } from "./state.js";

const ARMED_MS = 3000;
const TOLD_MS = 6000;
const HERE_EVERY_MS = 300000;

/* ---- where a click leads */
function onPlotClick(event) {
  const point = event.points && event.points[0];
  const target = point && (Array.isArray(point.customdata) ? point.customdata[0] : point.customdata);
  if (isTarget(target)) go(target);
}

function onPointerDown(event) {
  const plot = event.target.closest && event.target.closest(".js-plotly-plot");
  if (plot && plot.on) { // plotly's events are its own, not the document's
    plot.removeListener("plotly_click", onPlotClick);
    plot.on("plotly_click", onPlotClick);
  }
}

function onClick(event) {
  const skip = event.target.closest && event.target.closest('a[href^="#"]');
  if (skip) { // a new hash would be another page in the browser's history
    event.preventDefault();
    byId(skip.hash.slice(1))?.focus();
    return;
  }
  const node = event.target.closest && event.target.closest("[data-go],[data-choose],[data-act],[data-lang],[data-theme]");
  if (!node) return;
  if (node.dataset.go !== undefined) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go(node.dataset.go);
  } else if (node.dataset.choose !== undefined) { // what is chosen in a list: the address of a page
    go(byId(node.dataset.choose).value);
  } else if (node.dataset.act !== undefined) {
    tap(node);
  } else if (node.dataset.lang !== undefined) {
    chooseLanguage(node.dataset.lang);
  } else {
    turnTheme();
  }
}

function onKey(event) {
  if (event.target.closest && event.target.closest("input,textarea,select,[contenteditable],dialog")) return;
  if ((event.key === "Escape" || event.key === "Backspace") && state.page && state.page.up) {
    event.preventDefault();
    go(state.page.up);
  }
}

/* ---- what a browser remembers */
const keep = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };

function chooseLanguage(lang) {
  keep("city_lang", lang);
  state.lang = lang;
  html.lang = lang === "zh" ? "zh-CN" : "en";
  show(location.pathname + location.search).catch(() => location.reload());
}

function turnTheme() {
  state.theme = state.theme === "dark" ? "light" : "dark";
  keep(`city_theme_${screenId}`, state.theme);
  html.dataset.bsTheme = state.theme;
  dress();
  again();
}

/* ---- two taps */
const armed = { node: null, timer: 0, label: "", note: "" };
const part = (node, name) => node.querySelector(`.${name}`) || { textContent: "" };

function disarm() {
  clearTimeout(armed.timer);
  const { node } = armed;
  armed.node = null;
  if (!node) return;
  node.classList.remove("armed");
  put(part(node, "act-label"), armed.label);
  put(part(node, "act-note"), armed.note);
}

function tap(node) {
  if (node.disabled || node.classList.contains("busy")) return;
  if (armed.node === node) {
    disarm();
    act(node);
    return;
  }
  disarm();
  const label = part(node, "act-label");
  const note = part(node, "act-note");
  Object.assign(armed, { node, label: label.textContent, note: note.textContent, timer: setTimeout(disarm, ARMED_MS) });
  node.classList.add("armed");
  put(label, node.dataset.armed || say("act.again"));
  if (node.dataset.armedNote) put(note, node.dataset.armedNote);
  announce(label.textContent);
}

async function act(node) {
  const { act: verb, target, version } = node.dataset;
  const words = node.closest("form,.actionbar")?.querySelector("textarea,input[type=text]");
  node.classList.add("busy");
  let text = say("act.failed");
  try {
    const path = `/api/actions/${encodeURIComponent(verb)}`;
    const { status, told } = await post(path, { target, version: Number(version), note: words ? words.value : "" });
    if (status === 200) text = say("act.done");
    else if (status === 403) text = say("act.forbidden");
    else if (status === 409) text = told.winner ? say("act.conflict", { who: told.winner }) : say("act.changed");
    else if (status === 422) text = told.text || text;
    node.classList.toggle("done", status === 200);
  } catch (error) {
    // not reached: said above
  }
  node.classList.remove("busy");
  notice("act", text);
  setTimeout(() => notice("act", ""), TOLD_MS);
  again("alerts");
}

/* ---- a session lives while somebody is there; a screen that updates itself does not count */
let hereAt = -HERE_EVERY_MS;
function noteHere() {
  if (isWall || performance.now() - hereAt < HERE_EVERY_MS) return;
  hereAt = performance.now();
  post("/api/here", {}).catch(() => {});
}

export function attend() {
  document.addEventListener("pointerdown", onPointerDown, true);
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  window.addEventListener("popstate", () => {
    show(location.pathname + location.search).catch(() => location.reload());
  });
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, noteHere, { passive: true });
}
