/* The browser's side of the live path: hears what changed, fetches each changed panel once, keeps the clocks going, says
   how the link is, turns clicks into addresses and actions. Plain modules, no build step. */
import { attend } from "./bus/acts.js";
import { dash } from "./bus/ask.js";
import { listen, poll, tickLink } from "./bus/link.js";
import { learnMe, show } from "./bus/pages.js";
import { onDrawn, tickPanels } from "./bus/panels.js";
import { attendPlaces } from "./bus/places.js";
import { attendRotation, tickRotation } from "./bus/rotation.js";
import "./bus/plotly.js";
import { attendSparks } from "./bus/sparks.js";
import { backoff, boot, byId, pause } from "./bus/state.js";
import { hearTime, tickTexts, timeKnown } from "./bus/time.js";
import { attendWall, scaleWall, startAfresh, turnLists } from "./bus/wall.js";

async function showFirst() {
  for (let tries = 0; ; tries++) {
    try {
      return await show(location.pathname + location.search);
    } catch (error) {
      await pause(backoff(tries, 500, 15000));
    }
  }
}

function everySecond() {
  tickLink();
  if (!timeKnown) return;
  tickTexts();
  tickPanels();
  tickRotation();
}

hearTime(boot.now);
dash.then(() => attendSparks(byId("page")));
await showFirst();
attend();
attendPlaces();
attendRotation();
attendWall();
onDrawn(turnLists);
// React writes the server's text when it draws a panel: it is put right before anyone sees it.
new MutationObserver(tickTexts).observe(byId("page"), { childList: true, characterData: true, subtree: true });
window.addEventListener("resize", scaleWall);
window.addEventListener("online", () => poll().catch(() => {}));
setInterval(everySecond, 1000);
setInterval(turnLists, 500);
setInterval(startAfresh, 30000);
learnMe().catch(() => {});
listen();
