/* Requests to our own server, and putting what it answers onto the page. */
import { byId, isWall, pause } from "./state.js";

const PATIENCE_MS = 20000;

/* The answer is no, and will be no again. `message` is the end of a text key "error.<message>". */
export class Refused extends Error {}

/* Nobody is logged in any more: to the login page, a wall to its pairing page. */
export function toDoor() {
  const next = encodeURIComponent(location.pathname + location.search);
  location.replace(`/${isWall ? "pair" : "login"}?next=${next}`);
}

/* A response that is well. Throws Refused for 403 and 404, Error for everything that may pass by. */
export async function ask(path) {
  const answer = await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.status === 401) {
    toDoor();
    await new Promise(() => {}); // the page is being left
  }
  if (answer.status === 403) throw new Refused("forbidden");
  if (answer.status === 404) throw new Refused("unknown");
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

/* Posts JSON; {status, told}. Throws when the server is not reached. */
export async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (answer.status === 401) {
    toDoor();
    await new Promise(() => {});
  }
  return { status: answer.status, told: answer.status === 204 ? {} : await answer.json() };
}

async function dashIsThere() {
  while (!(window.dash_clientside && window.dash_clientside.set_props && byId("page"))) await pause(20);
}
export const dash = dashIsThere();

/* {component id: {prop: value}} of components that are on the page; set_props raises for others. */
export async function apply(props) {
  await dash;
  for (const [id, values] of Object.entries(props)) window.dash_clientside.set_props(id, values);
}
