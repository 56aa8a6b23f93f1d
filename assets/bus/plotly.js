/* The chart library is as large as all else together: it comes beside the page, to a phone only once there is a chart.
   Dash looks for window.Plotly when it draws its first chart, and waits for what it finds there. */
import { backoff, boot, byId, pause, screenId } from "./state.js";

const FONTS_MS = 3000;

let coming = null;

async function load() {
  const standIn = window.Plotly;
  for (let tries = 0; !(await fetched()); tries++) await pause(backoff(tries, 1000, 15000));
  const library = window.Plotly;
  window.Plotly = standIn;
  await Promise.race([fonts(), pause(FONTS_MS)]);
  window.Plotly = library;
  return library;
}

/* It measures a text once and remembers: not while the page's fonts are on their way. */
async function fonts() {
  while (!byId("page")?.innerText) await pause(20);
  await document.fonts.ready;
}

const fetched = () => new Promise((done) => {
  const script = document.createElement("script");
  script.src = boot.plotly;
  script.onload = () => done(true);
  script.onerror = () => { script.remove(); done(false); };
  document.head.append(script);
});

const once = () => { coming = coming || load(); return coming; };
window.Plotly = { then: (...waiting) => once().then(...waiting) };
if (screenId !== "small") once();
