/* What only long lists and walls need: turning pages, the canvas, the screen kept on, a fresh start each night. */
import { ask } from "./ask.js";
import { byId, html, isWall, put, say, state } from "./state.js";
import { parts } from "./time.js";

/* 1920 x 1080 units, letterboxed; beyond 2.4:1 the height stays and the width grows. */
export function scaleWall() {
  const wall = byId("wall");
  if (!wall) return;
  const { innerWidth: w, innerHeight: h } = window;
  const wide = w / h > 2.4;
  const scale = wide ? h / 1080 : Math.min(w / 1920, h / 1080);
  const width = wide ? w / scale : 1920;
  const style = {
    "--scale": String(scale), "--wall-w": `${width}px`,
    left: `${(w - width * scale) / 2}px`, top: `${(h - 1080 * scale) / 2}px`,
  };
  for (const [name, value] of Object.entries(style)) wall.style.setProperty(name, value);
}

/* Lists longer than their room: every child of [data-turn] is a page, shown in turn. */
const turnOf = (list) => Math.floor(performance.now() / (Number(list.dataset.turn) * 1000 || 8000));
const isHeld = (list) => list.matches(":hover") || list.contains(document.activeElement);

export function turnLists() {
  for (const list of document.querySelectorAll("[data-turn]")) {
    if (isHeld(list)) continue; // somebody reads it
    const pages = [...list.children];
    const shown = turnOf(list) % Math.max(1, pages.length);
    pages.forEach((page, i) => { page.hidden = i !== shown; });
    const counter = list.closest('[id^="p-"]')?.querySelector("[data-turn-count]");
    if (counter) put(counter, say("turn", { page: shown + 1, pages: pages.length }));
  }
}

/* The screen does not go dark, where the browser can help it; it lets go of the lock when it is not looked at. */
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  await navigator.wakeLock.request("screen").catch(() => {}); // refused, as on a low battery
}

/* f or a double click: the whole screen, and back. */
function fillScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else html.requestFullscreen().catch(() => {});
}

export function attendWall() {
  if (!isWall) return;
  document.addEventListener("keydown", (event) => {
    if (event.key === "f" && !(event.ctrlKey || event.metaKey || event.altKey)) fillScreen();
  });
  document.addEventListener("dblclick", (event) => {
    if (!event.target.closest("a,button,[data-go]")) fillScreen();
  });
  if (!navigator.wakeLock) return;
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
}

/* Walls start afresh each night between three and four of their own city, not all at once, and none while a red alert
   is open or its server does not answer. The address holds page and area, cookies language and theme. */
const bornAt = performance.now();
const nightMinute = Math.floor(Math.random() * 60);
export async function startAfresh() {
  if (!isWall || !state.page || performance.now() - bornAt < 7200000) return;
  const p = parts(Date.now());
  if (p.hour !== "03" || Number(p.minute) < nightMinute) return;
  try {
    const told = await (await ask(`/api/red?area=${encodeURIComponent(state.page.area)}`)).json();
    if (!told.red.length) location.reload();
  } catch (error) {
    // not reached, or the database is away: a page loaded now might be none; asked again in half a minute
  }
}
