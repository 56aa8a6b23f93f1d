/* The panels of the page: each is fetched once when its counters are behind what the server told. */
import { Refused, apply, ask } from "./ask.js";
import { asElements } from "./elements.js";
import { hold } from "./hold.js";
import { backoff, byId, jitter, screenId, state } from "./state.js";
import { cityHour, cityNow, timeKnown } from "./time.js";

const UNSETTLED_MS = 5000;
const AFTER_REFUSAL_MS = 60000;
const drawn = []; // called after a panel was put onto the page
export const onDrawn = (listener) => drawn.push(listener);

/* Begin with the panels of a page, all to be fetched. `told` is {id: {inputs, interval}}. What comes for them waits until
   the function this returns says that their frames are there. */
export function begin(told) {
  let framesAreThere;
  const framed = new Promise((done) => { framesAreThere = done; });
  for (const panel of state.panels.values()) clearTimeout(panel.timer);
  state.panels = new Map(Object.entries(told).map(([id, { inputs, interval }]) => [id, {
    inputs, intervalMs: interval * 1000, have: "-", hour: 0, sources: 0, unsettled: false,
    again: true, busy: false, timer: 0, dueAt: 0, tries: 0, retryAt: 0, fetchedAt: -1e9, framed,
  }]));
  return framesAreThere;
}

/* Fetch anew whatever the counters say: all, or those that follow an input. */
export function again(input) {
  for (const panel of state.panels.values()) {
    if (!input || panel.inputs.includes(input)) panel.again = true;
  }
  wakeAll();
}

/* Those that wait least go first: a browser asks for six things at a time, and alerts are not to stand behind a map. */
export function wakeAll() {
  if (!timeKnown) return;
  const soonest = [...state.panels].sort(([, one], [, other]) => one.intervalMs - other.intervalMs);
  for (const [id] of soonest) wake(id);
}

const stampOf = (panel) => `${state.boot}-${panel.inputs.map((name) => state.versions[name] || 0).join(".")}`;

function behind(have, want) {
  const [haveBoot, haveCounters] = have.split("-");
  const [wantBoot, wantCounters] = want.split("-");
  if (haveBoot !== wantBoot) return true;
  const haves = haveCounters.split(".");
  return wantCounters.split(".").some((n, i) => Number(n) > Number(haves[i] || 0));
}

/* Alerts do not wait for the panel's interval; what else such a panel follows does. */
function newAlerts(panel) {
  const at = panel.inputs.indexOf("alerts");
  return at >= 0 && (state.versions.alerts || 0) > Number(panel.have.split("-")[1].split(".")[at] || 0);
}

function wake(id) {
  const panel = state.panels.get(id);
  if (!panel || panel.busy) return;
  const old = panel.again || panel.hour !== cityHour() || behind(panel.have, stampOf(panel));
  // A panel that shows trouble of its sources looks again when their state changes, though its data did not.
  const unsettled = panel.unsettled && panel.sources !== state.versions.feeds;
  if (!panel.retryAt && !old && !unsettled) return;
  const urgent = old && newAlerts(panel);
  const every = old ? panel.intervalMs : Math.max(UNSETTLED_MS, panel.intervalMs);
  const dueAt = Math.max(panel.retryAt, urgent ? 0 : panel.fetchedAt + every);
  if (panel.timer && panel.dueAt <= dueAt) return;
  // What waits for its turn must not hold back what may come sooner: a first alert, a panel that was to look again later.
  clearTimeout(panel.timer);
  panel.timer = 0;
  const wait = dueAt - performance.now();
  if (wait <= 0) {
    fetchPanel(id, panel);
    return;
  }
  panel.dueAt = dueAt;
  panel.timer = setTimeout(() => {
    panel.timer = 0;
    fetchPanel(id, panel);
  }, wait);
}

function address(id, stamp) {
  const { cockpit, area, params } = state.page;
  const { lang, theme } = state;
  const query = new URLSearchParams({ screen: screenId, cockpit, area, lang, theme, v: stamp, h: cityHour(), ...params });
  return `/api/panels/${encodeURIComponent(id)}?${query}`;
}

async function fetchPanel(id, panel) {
  const stamp = stampOf(panel);
  const asked = { hour: cityHour(), sources: state.versions.feeds, fetchedAt: performance.now() };
  Object.assign(panel, asked, { busy: true, again: false });
  try {
    const answer = await ask(address(id, stamp));
    const props = await answer.json();
    await panel.framed;
    if (state.panels.get(id) !== panel) return; // another page by now
    unmark(id);
    hold(byId(`p-${id}`));
    if (byId(`p-${id}`)) await apply(asElements(props));
    take(panel, answer.headers, stamp);
    for (const listener of drawn) listener();
  } catch (error) {
    panel.tries += 1;
    // A refusal will not change by itself: look again when the rights may have.
    const wait = error instanceof Refused ? jitter(AFTER_REFUSAL_MS) : backoff(panel.tries, 1000, 30000);
    panel.retryAt = performance.now() + wait;
  } finally {
    panel.busy = false;
  }
  wake(id);
}

function take(panel, headers, stamp) {
  panel.have = headers.get("X-Version") || stamp;
  panel.unsettled = headers.has("X-Unsettled");
  const later = Number(headers.get("Retry-After") || 0) * 1000;
  // A server that lags behind what another one told is not asked in a loop.
  const lags = behind(panel.have, stamp);
  panel.tries = later || lags ? panel.tries + 1 : 0;
  panel.retryAt = later || lags ? performance.now() + backoff(panel.tries, later || 500, 30000) : 0;
}

/* Data that goes stale by the city's clock: ask again, and hatch it meanwhile in case nobody answers. */
export function tickPanels() {
  const now = cityNow();
  for (const node of document.querySelectorAll("[data-stale-at]")) {
    const root = node.closest('[id^="p-"]');
    const panel = root && state.panels.get(root.id.slice(2));
    if (!panel || now <= Number(node.dataset.staleAt) || !root.classList.contains("face-normal")) continue;
    root.classList.replace("face-normal", "face-stale");
    panel.again = true;
  }
  // What time alone changes: a warning ends, a shift begins. Each moment is asked for once.
  for (const node of document.querySelectorAll("[data-again-at]")) {
    const root = node.closest('[id^="p-"]');
    const panel = root && state.panels.get(root.id.slice(2));
    const at = Number(node.dataset.againAt);
    if (!panel || now < at || panel.changedAt === at) continue;
    panel.changedAt = at;
    panel.again = true;
  }
  wakeAll();
}

/* React writes a class name only when it differs from the one it wrote last: ours must not stay behind. */
function unmark(id) {
  const root = byId(`p-${id}`);
  if (root) root.classList.replace("face-stale", "face-normal");
}
