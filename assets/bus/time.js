/* City time, and the texts that live by it: ages, countdowns, the clock. */
import { boot, put, say, state } from "./state.js";

let offsetMs = 0; // city time = offset + speed * performance.now()
export let timeKnown = false;

export const cityNow = () => offsetMs + boot.speed * performance.now();
export const cityHour = () => Math.floor(cityNow() / 3600000);

export function hearTime(nowMs) {
  const offset = nowMs - boot.speed * performance.now();
  // A message can only be late, so the largest offset is the truest; a jump is a clock that was set.
  const jump = Math.abs(offset - offsetMs) > 5000 * Math.max(1, boot.speed);
  offsetMs = !timeKnown || jump ? offset : Math.max(offsetMs, offset);
  timeKnown = true;
}

const zoned = new Intl.DateTimeFormat("en-GB", {
  timeZone: boot.tz, hourCycle: "h23", weekday: "short",
  year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/* {year, month, day, weekday, hour, minute, second} of an epoch in the city's zone. */
export function parts(ms) {
  const found = {};
  for (const { type, value } of zoned.formatToParts(ms)) found[type] = value;
  return found;
}

export function ageText(ms) {
  const s = Math.floor(Math.max(0, ms) / 1000);
  if (s < 1) return say("age.now");
  if (s < 60) return say("age.seconds", { n: s });
  if (s < 3600) return say("age.minutes", { n: Math.floor(s / 60) });
  if (s < 172800) return say("age.hours", { n: Math.floor(s / 3600) });
  return say("age.days", { n: Math.floor(s / 86400) });
}

const two = (n) => String(n).padStart(2, "0");
export function spanText(ms) {
  const s = Math.floor(Math.max(0, ms) / 1000);
  return `${two(Math.floor(s / 3600))}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
}

function clockTexts(now) {
  const p = parts(now);
  const plain = state.lang === "zh" ? Number : String; // 7 月, but 07 in a date with hyphens
  const weekday = say("weekdays").split(",")[WEEKDAYS.indexOf(p.weekday)] || "";
  return {
    hm: `${p.hour}:${p.minute}`,
    s: `:${p.second}`,
    moment: `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`,
    date: say("date", { year: p.year, month: plain(p.month), day: plain(p.day), weekday }),
  };
}

/* Writes all of them anew; a text that did not change is not touched. */
export function tickTexts() {
  if (!timeKnown) return;
  const now = cityNow();
  const clock = clockTexts(now);
  for (const node of document.querySelectorAll("[data-clock]")) put(node, clock[node.dataset.clock] || "");
  for (const node of document.querySelectorAll("[data-at]")) put(node, ageText(now - Number(node.dataset.at)));
  for (const node of document.querySelectorAll("[data-since]")) put(node, spanText(now - Number(node.dataset.since)));
  for (const node of document.querySelectorAll("[data-due]")) {
    const left = Number(node.dataset.due) - now;
    put(node, spanText(Math.abs(left)));
    node.classList.toggle("over", left < 0);
  }
}
