/* The chart library is as large as all else together: it comes beside the page, to a phone only once there is a chart.
   Dash looks for window.Plotly when it draws its first chart, and waits for what it finds there. */
import { backoff, boot, pause, screenId } from "./state.js";

let coming = null;

async function load() {
  for (let tries = 0; !(await fetched()); tries++) await pause(backoff(tries, 1000, 15000));
  return window.Plotly; // by now the library itself
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
