/* Pages of a wall that take turns. They wait while somebody is at the wall, and go to the stage while a red alert is open. */
import { ask } from "./ask.js";
import { show } from "./pages.js";
import { byId, isWall, jitter, put, say, state } from "./state.js";

const HELD_MS = 300000;
const SILENT_MS = 20000; // without a server the next page would be empty
const RETRY_MS = 10000;

let home = null; // the pages that take turns, as the wall was opened: {area, pages: [{path, dwell_s}], stage}
let heldUntil = 0;
let turnAt = 0;
let tryAt = 0;
let at = "";
let turning = false;
const red = { ids: [], stamp: "", busy: false, retryAt: 0 };

export function attendRotation() {
  const hold = () => { heldUntil = performance.now() + HELD_MS; };
  if (!isWall) return;
  for (const kind of ["pointerdown", "keydown", "wheel"]) {
    document.addEventListener(kind, hold, { capture: true, passive: true });
  }
}

/* Once a second. */
export function tickRotation() {
  if (!isWall || !state.page) return;
  home = home || state.page.rotation;
  if (!home) return;
  learnRed();
  const now = performance.now();
  const here = home.pages.findIndex((page) => page.path === state.page.path);
  if (at !== state.page.path || red.ids.length) turnAt = now + (here < 0 ? 0 : home.pages[here].dwell_s * 1000);
  at = state.page.path;
  const held = now < heldUntil;
  const mark = byId("rotation-held");
  if (mark) put(mark, held ? say("rotation.held") : red.ids.length ? say("rotation.red") : "");
  if (held || turning || now < tryAt || now - state.heardAt > SILENT_MS) return;
  if (red.ids.length) turnTo(home.stage);
  else if (now >= turnAt) turnTo(home.pages[(here + 1) % home.pages.length].path);
}

async function turnTo(path) {
  if (path === at) return;
  turning = true;
  // The address is the wall's memory: loaded anew it shows the same page.
  await show(path, "replaceState").catch(() => {}); // not reached: the link's state says so
  tryAt = state.page.path === path ? 0 : performance.now() + RETRY_MS;
  turning = false;
}

/* Asked anew when a counter of alerts moved. A red alert that is new ends the waiting for whoever was at the wall. */
async function learnRed() {
  const stamp = `${state.boot} ${state.page.area} ${state.versions.alerts}`;
  if (red.busy || stamp === red.stamp || performance.now() < red.retryAt) return;
  red.busy = true;
  try {
    const told = await (await ask(`/api/red?area=${encodeURIComponent(home.area)}`)).json();
    if (told.red.some((id) => !red.ids.includes(id))) heldUntil = 0;
    Object.assign(red, { ids: told.red, stamp });
  } catch (error) {
    red.retryAt = performance.now() + jitter(RETRY_MS);
  }
  red.busy = false;
}
