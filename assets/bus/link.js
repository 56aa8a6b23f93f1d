/* What the server tells: over the socket, or over a slow poll where sockets are blocked. Tried for ever. */
import { ask, toDoor } from "./ask.js";
import { wakeAll } from "./panels.js";
import { announce, backoff, boot, byId, jitter, notice, pause, put, say, state } from "./state.js";
import { ageText, hearTime } from "./time.js";

const DEAD_MS = 25000; // the server speaks every eight seconds
const STALE_MS = 20000;
const OFFLINE_MS = 60000;
const POLL_MS = 5000;
const SESSION_OVER = 4401;

const link = { socket: null, polling: false, failures: 0, name: "opening" };

function hear(told) {
  state.heardAt = performance.now();
  if (link.name !== "live") tickLink(); // the word that opens or mends the line is shown at once
  hearTime(told.now);
  notice("store", "away_s" in told ? say("store", { age: ageText(told.away_s * 1000) }) : "");
  if (told.assets !== boot.assets) {
    location.reload();
    return;
  }
  if (told.boot !== state.boot) {
    state.boot = told.boot;
    state.versions = {};
  }
  // Of another page's area: the answer to the page's own comes next.
  if (told.area && state.page && state.page.area && told.area !== state.page.area) return;
  for (const [name, n] of Object.entries(told.versions)) {
    state.versions[name] = Math.max(n, state.versions[name] || 0);
  }
  wakeAll();
}

const areaQuery = () => (state.page && state.page.area ? `?${new URLSearchParams({ area: state.page.area })}` : "");

/* Until the socket closes: {heard: whether the server ever spoke, code}. */
function openSocket() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/push/ws${areaQuery()}`);
  return new Promise((closed) => {
    let heard = false;
    let spokeAt = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - spokeAt > DEAD_MS) socket.close();
    }, 5000);
    socket.onopen = () => { link.socket = socket; };
    socket.onmessage = (event) => {
      heard = true;
      link.polling = false;
      spokeAt = performance.now();
      hear(JSON.parse(event.data));
    };
    socket.onclose = (event) => {
      clearInterval(watch);
      link.socket = null;
      closed({ heard, code: event.code });
    };
  });
}

export async function poll() {
  hear(await (await ask(`/api/versions${areaQuery()}`)).json());
}

/* Turn to another area; "" is the viewer's own, by whose counters the page of an alert goes. */
export function follow(area) {
  if (link.socket && link.socket.readyState === WebSocket.OPEN) link.socket.send(JSON.stringify({ area }));
}

export async function listen() {
  for (;;) {
    const { heard, code } = await openSocket();
    link.failures = heard ? 0 : link.failures + 1;
    if (code === SESSION_OVER) {
      toDoor();
      return;
    }
    try {
      await poll(); // tells a visitor who is refused (401) from a server that is lost
      link.polling = link.failures > 1;
    } catch (error) {
      link.polling = false;
    }
    await pause(link.polling ? jitter(POLL_MS) : backoff(link.failures, 500, 15000));
  }
}

/* How the link is: live, stale or offline, by when the server was last heard. */
export function tickLink() {
  const node = byId("link-state");
  const silent = state.heardAt ? performance.now() - state.heardAt : 0;
  let name = "live";
  if (!state.heardAt) name = "opening";
  else if (silent > OFFLINE_MS) name = "offline";
  else if (silent > STALE_MS) name = "stale";
  if (node) {
    for (const one of ["live", "stale", "offline"]) node.classList.toggle(one, one === name);
    put(node, say(`link.${name === "live" && link.polling ? "polling" : name}`, { age: ageText(silent) }));
    if (name !== link.name && link.name !== "opening") announce(node.textContent);
    link.name = name;
  }
  notice("offline", name === "offline" ? say("offline", { age: ageText(silent) }) : "");
}
