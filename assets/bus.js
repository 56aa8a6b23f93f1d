/* The browser's side of the live path: opens the socket, fetches each changed panel once, applies it, keeps the clocks
   going, says how the link is, and turns clicks into addresses and actions. One per screen; no build step. */
(() => {
  "use strict";

  const boot = JSON.parse(document.querySelector('meta[name="city"]').content);
  const html = document.documentElement;
  const screen = html.dataset.screen;
  const isWall = screen === "large";
  const state = {
    boot: boot.boot, // which store the counters are of
    lang: html.lang.startsWith("zh") ? "zh" : "en",
    theme: html.dataset.bsTheme,
    page: null, // what /api/pages said of the page shown
    versions: {}, // input -> counter, of the page's area
    panels: new Map(), // placement id -> what is known of it
    heardAt: 0, // performance.now() when the server last spoke
    lostAt: 0,
    offsetMs: 0, // city time = offset + speed * performance.now()
    timeKnown: false,
  };
  const ui = { texts: {} };
  const say = (key, holes = {}) =>
    (ui.texts[key] || "").replace(/\{(\w+)\}/g, (_, name) => (name in holes ? holes[name] : ""));
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const jitter = (ms) => ms * (0.5 + Math.random() / 2);
  const byId = (id) => document.getElementById(id);

  /* ---- city time */
  const cityNow = () => state.offsetMs + boot.speed * performance.now();
  function hearTime(nowMs) {
    const offset = nowMs - boot.speed * performance.now();
    // A message can only be late, so the largest offset is the truest; a jump is a clock that was set.
    const jump = Math.abs(offset - state.offsetMs) > 5000 * Math.max(1, boot.speed);
    state.offsetMs = !state.timeKnown || jump ? offset : Math.max(state.offsetMs, offset);
    state.timeKnown = true;
  }
  const zoned = new Intl.DateTimeFormat("en-GB", {
    timeZone: boot.tz, hourCycle: "h23", weekday: "short",
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  function parts(ms) {
    const found = {};
    for (const { type, value } of zoned.formatToParts(ms)) found[type] = value;
    return found;
  }

  /* ---- texts that live: ages, countdowns, the clock */
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  function ageText(ms) {
    const s = Math.floor(Math.max(0, ms) / 1000);
    if (s < 1) return say("age.now");
    if (s < 60) return say("age.seconds", { n: s });
    if (s < 3600) return say("age.minutes", { n: Math.floor(s / 60) });
    if (s < 172800) return say("age.hours", { n: Math.floor(s / 3600) });
    return say("age.days", { n: Math.floor(s / 86400) });
  }
  const two = (n) => String(n).padStart(2, "0");
  function spanText(ms) {
    const s = Math.floor(Math.max(0, ms) / 1000);
    return `${two(Math.floor(s / 3600))}:${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  }
  function tickClock(now) {
    const p = parts(now);
    const shown = {
      hm: `${p.hour}:${p.minute}`,
      s: `:${p.second}`,
      moment: `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}`,
      date: say("date", {
        year: p.year, month: state.lang === "zh" ? Number(p.month) : p.month,
        day: state.lang === "zh" ? Number(p.day) : p.day,
        weekday: say("weekdays").split(",")[weekdays.indexOf(p.weekday)] || "",
      }),
    };
    for (const node of document.querySelectorAll("[data-clock]")) put(node, shown[node.dataset.clock] || "");
  }
  function tick() {
    if (!state.timeKnown || !state.page) return;
    const now = cityNow();
    tickClock(now);
    for (const node of document.querySelectorAll("[data-at]")) put(node, ageText(now - Number(node.dataset.at)));
    for (const node of document.querySelectorAll("[data-since]")) put(node, spanText(now - Number(node.dataset.since)));
    for (const node of document.querySelectorAll("[data-due]")) {
      const left = Number(node.dataset.due) - now;
      put(node, spanText(Math.abs(left)));
      node.classList.toggle("over", left < 0);
    }
    tickLink();
    tickPanels(now);
  }

  /* ---- how the link is: live, stale (nothing heard for 20 s), offline (60 s, or refused) */
  function tickLink() {
    const node = byId("link-state");
    const silent = state.heardAt ? performance.now() - state.heardAt : 0;
    const name = !state.heardAt ? "opening" : silent > 60000 ? "offline" : silent > 20000 ? "stale" : "live";
    if (node) {
      for (const one of ["live", "stale", "offline"]) node.classList.toggle(one, one === name);
      put(node, say(`link.${name === "live" && push.polling ? "polling" : name}`, { age: ageText(silent) }));
    }
    notice("offline", name === "offline" ? say("offline", { age: ageText(silent) }) : "");
  }

  /* ---- one line across the page; the gravest of what there is to say */
  const notices = {};
  function notice(kind, text, link) {
    if (text) notices[kind] = { text, link }; else delete notices[kind];
    const node = byId("notice");
    if (!node) return;
    const shown = notices.offline || notices.act || notices.page || notices.local;
    node.hidden = !shown;
    node.classList.toggle("strong", shown !== undefined && shown !== notices.local);
    put(node, shown ? shown.text : "");
    if (shown && shown.link) {
      const a = document.createElement("a");
      a.href = shown.link.href;
      a.textContent = shown.link.text;
      node.append(" ", a);
    }
  }

  /* ---- requests */
  class Refused extends Error {}
  function toDoor() {
    const next = encodeURIComponent(location.pathname + location.search);
    location.replace(`/${isWall ? "pair" : "login"}?next=${next}`);
  }
  async function ask(path, options = {}) {
    const answer = await fetch(path, { credentials: "same-origin", signal: AbortSignal.timeout(20000), ...options });
    if (answer.status === 401) {
      toDoor();
      await new Promise(() => {}); // the page is being left
    }
    if (answer.status === 403 || answer.status === 404) throw new Refused(answer.status === 403 ? "forbidden" : "unknown");
    if (!answer.ok) throw new Error(String(answer.status));
    return answer;
  }
  function apply(props) {
    for (const [id, values] of Object.entries(props)) {
      if (byId(id)) window.dash_clientside.set_props(id, values); // raises for an id that is not there
    }
  }

  /* ---- panels: each is fetched when its counters are behind what the server told */
  const stampOf = (panel) => `${state.boot}-${panel.inputs.map((name) => state.versions[name] || 0).join(".")}`;
  const hourOf = () => Math.floor(cityNow() / 3600000);
  function panelAddress(id, stamp) {
    const page = state.page;
    const query = new URLSearchParams({
      screen, cockpit: page.cockpit, area: page.area, lang: state.lang, theme: state.theme, v: stamp, h: hourOf(),
      ...page.params,
    });
    return `/api/panels/${encodeURIComponent(id)}?${query}`;
  }
  function behind(have, want) {
    const [haveBoot, haveNs] = have.split("-");
    const [wantBoot, wantNs] = want.split("-");
    if (haveBoot !== wantBoot) return true;
    const haves = haveNs.split(".");
    return wantNs.split(".").some((n, i) => Number(n) > Number(haves[i] || 0));
  }
  function wake(id) {
    const panel = state.panels.get(id);
    if (!panel || panel.busy || panel.timer) return;
    const wanted = stampOf(panel);
    const due = panel.retryAt || panel.hour !== hourOf() || panel.again || behind(panel.have, wanted);
    if (!due) return;
    const urgent = panel.inputs.includes("alerts");
    const wait = Math.max(panel.retryAt, urgent ? 0 : panel.fetchedAt + panel.interval * 1000) - performance.now();
    if (wait > 0) {
      panel.timer = setTimeout(() => { panel.timer = 0; fetchPanel(id, panel); }, wait);
    } else {
      fetchPanel(id, panel);
    }
  }
  async function fetchPanel(id, panel) {
    const stamp = stampOf(panel);
    const hour = hourOf();
    panel.busy = true;
    panel.again = false;
    panel.fetchedAt = performance.now();
    try {
      const answer = await ask(panelAddress(id, stamp));
      const props = await answer.json();
      if (state.panels.get(id) !== panel) return; // another page by now
      unmark(id);
      apply(props);
      panel.have = answer.headers.get("X-Version") || stamp;
      panel.hour = hour;
      const later = Number(answer.headers.get("Retry-After") || 0) * 1000;
      panel.tries = later || behind(panel.have, stampOf(panel)) ? panel.tries + 1 : 0;
      panel.retryAt = later ? performance.now() + jitter(later * Math.min(panel.tries, 6)) : 0;
      afterDraw();
    } catch (error) {
      panel.tries += 1;
      // A refusal will not change by itself: look again when the area's rights may have.
      const wait = error instanceof Refused ? 60000 : Math.min(30000, 1000 * 2 ** Math.min(panel.tries, 5));
      panel.retryAt = performance.now() + jitter(wait);
    } finally {
      panel.busy = false;
    }
    wake(id);
  }
  const wakeAll = () => { if (state.timeKnown) for (const id of state.panels.keys()) wake(id); };

  /* A panel's data went stale by the city's clock: ask again, and hatch it meanwhile in case nobody answers. */
  function tickPanels(now) {
    for (const node of document.querySelectorAll("[data-stale-at]")) {
      const root = node.closest('[id^="p-"]');
      const panel = root && state.panels.get(root.id.slice(2));
      if (!panel || now <= Number(node.dataset.staleAt) || root.classList.contains("face-stale")) continue;
      root.classList.add("face-stale");
      root.classList.remove("face-normal");
      panel.again = true;
    }
    wakeAll();
  }
  function unmark(id) {
    // React writes a class name only when it differs from the one it wrote last; ours must not stay behind.
    const root = byId(`p-${id}`);
    if (root && root.classList.contains("face-stale")) {
      root.classList.remove("face-stale");
      root.classList.add("face-normal");
    }
  }

  /* ---- what the server tells: over the socket, or over a slow poll where sockets are blocked */
  function hear(told) {
    state.heardAt = performance.now();
    hearTime(told.now);
    if (told.assets !== boot.assets) return location.reload();
    if (told.boot !== state.boot) {
      state.boot = told.boot;
      state.versions = {};
    }
    for (const [name, n] of Object.entries(told.versions)) {
      state.versions[name] = Math.max(n, state.versions[name] || 0);
    }
    wakeAll();
  }
  const push = { socket: null, polling: false, failures: 0 };
  function openSocket() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const query = new URLSearchParams(state.page && state.page.area ? { area: state.page.area } : {});
    const socket = new WebSocket(`${scheme}://${location.host}/push/ws?${query}`);
    return new Promise((closed) => {
      let heard = false;
      // A line that is dead without saying so is closed: the server speaks every eight seconds.
      const watch = setInterval(() => { if (performance.now() - started > 25000) socket.close(); }, 5000);
      let started = performance.now();
      socket.onopen = () => { push.socket = socket; };
      socket.onmessage = (event) => {
        heard = true;
        started = performance.now();
        push.polling = false;
        hear(JSON.parse(event.data));
      };
      socket.onclose = (event) => {
        clearInterval(watch);
        push.socket = null;
        closed({ heard, code: event.code });
      };
    });
  }
  async function poll() {
    const query = new URLSearchParams(state.page && state.page.area ? { area: state.page.area } : {});
    const told = await (await ask(`/api/versions?${query}`)).json();
    hear(told);
  }
  async function listen() {
    for (;;) {
      const { heard, code } = await openSocket();
      push.failures = heard ? 0 : push.failures + 1;
      if (code === 4401) return toDoor();
      try {
        await poll(); // tells a refused visitor (401) from a lost server, and what changed meanwhile
        push.polling = push.failures > 1;
      } catch (error) {
        push.polling = false;
      }
      await pause(jitter(push.polling ? 5000 : Math.min(15000, 500 * 2 ** Math.min(push.failures, 5))));
    }
  }
  function follow(area) {
    if (push.socket && push.socket.readyState === WebSocket.OPEN) push.socket.send(JSON.stringify({ area }));
  }

  /* ---- pages */
  async function show(path, remember) {
    const [name, query] = path.split("?");
    const asked = new URLSearchParams(query || "");
    asked.set("lang", state.lang);
    let page;
    try {
      page = await (await ask(`/api/pages${name}?${asked}`)).json();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      notice("page", say(`error.${error.message}`));
      return;
    }
    ui.texts = page.page.texts;
    notice("page", "");
    const moved = !state.page || state.page.area !== page.page.area;
    state.page = page.page;
    if (moved) state.versions = {};
    clearTimers();
    state.panels = new Map(Object.entries(page.page.panels).map(([id, panel]) => [id, {
      inputs: panel.inputs, interval: panel.interval, have: "-", hour: hourOf(), tries: 0, retryAt: 0,
      fetchedAt: -1e9, busy: false, again: true, timer: 0,
    }]));
    document.title = page.page.title;
    if (remember) history.pushState(null, "", path);
    apply(page.props);
    await drawn(page.page);
    dressFor(me);
    tick();
    if (moved) follow(page.page.area);
    if (moved) poll().catch(() => {}); // the socket tells the same a moment later; panels need not wait for it
    wakeAll();
    if (remember) { window.scrollTo(0, 0); byId("page").focus({ preventScroll: true }); }
  }
  async function drawn(page) {
    const ids = Object.keys(page.panels);
    for (let i = 0; i < 100 && !ids.every((id) => byId(`p-${id}`)); i++) await pause(10);
  }
  function clearTimers() { for (const panel of state.panels.values()) clearTimeout(panel.timer); }
  function resolve(target) {
    const [kind, id] = target.split(/:(.*)/s);
    if (kind === "area") {
      const tab = new URLSearchParams(location.search).get("page");
      const cockpit = state.page.cockpit === "alert" ? "alerts" : state.page.cockpit;
      return `/${screen}/${cockpit}/${encodeURIComponent(id)}${tab ? `?page=${encodeURIComponent(tab)}` : ""}`;
    }
    if (kind === "alert") return `/${screen}/alert/${encodeURIComponent(id)}`;
    return target;
  }
  function go(target) {
    const path = resolve(target);
    if (!path.startsWith(`/${screen}/`)) return void location.assign(path.startsWith("/") ? path : "/");
    show(path, true).catch(() => location.assign(path));
  }

  /* ---- clicks, taps and keys */
  function onPlotClick(event) {
    const point = event.points && event.points[0];
    const target = point && (Array.isArray(point.customdata) ? point.customdata[0] : point.customdata);
    if (typeof target === "string" && /^(\/|area:|alert:)/.test(target)) go(target);
  }
  document.addEventListener("pointerdown", (event) => {
    const plot = event.target.closest && event.target.closest(".js-plotly-plot");
    if (plot && plot.on) { // plotly's events are its own, not the document's
      plot.removeListener("plotly_click", onPlotClick);
      plot.on("plotly_click", onPlotClick);
    }
  }, true);
  document.addEventListener("click", (event) => {
    const node = event.target.closest && event.target.closest("[data-go],[data-act],[data-lang],[data-theme]");
    if (!node) return;
    if (node.dataset.go !== undefined) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      go(node.dataset.go);
    } else if (node.dataset.act !== undefined) {
      tap(node);
    } else if (node.dataset.lang !== undefined) {
      choose("city_lang", node.dataset.lang);
      state.lang = node.dataset.lang;
      html.lang = state.lang === "zh" ? "zh-CN" : "en";
      show(state.page.path, false).catch(() => location.reload());
    } else {
      state.theme = state.theme === "dark" ? "light" : "dark";
      choose(`city_theme_${screen}`, state.theme);
      html.dataset.bsTheme = state.theme;
      for (const panel of state.panels.values()) panel.again = true;
      wakeAll();
    }
  });
  const choose = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest && event.target.closest("input,textarea,select,[contenteditable],dialog")) return;
    if ((event.key === "Escape" || event.key === "Backspace") && state.page && state.page.up) {
      event.preventDefault();
      go(state.page.up);
    }
  });
  window.addEventListener("popstate", () => {
    show(location.pathname + location.search, false).catch(() => location.reload());
  });

  /* ---- actions: the first tap arms for three seconds, the second acts */
  const armed = { node: null, timer: 0, label: "", note: "" };
  function labelOf(node, name) { return node.querySelector(`.${name}`); }
  function disarm() {
    clearTimeout(armed.timer);
    const { node } = armed;
    armed.node = null;
    if (!node) return;
    node.classList.remove("armed");
    const label = labelOf(node, "act-label");
    const note = labelOf(node, "act-note");
    if (label) put(label, armed.label);
    if (note) put(note, armed.note);
  }
  function tap(node) {
    if (node.disabled || node.classList.contains("busy")) return;
    if (armed.node === node) {
      disarm();
      act(node);
      return;
    }
    disarm();
    const label = labelOf(node, "act-label");
    const note = labelOf(node, "act-note");
    Object.assign(armed, {
      node, label: label ? label.textContent : "", note: note ? note.textContent : "",
      timer: setTimeout(disarm, 3000),
    });
    node.classList.add("armed");
    if (label && node.dataset.armed) put(label, node.dataset.armed);
    if (note && node.dataset.armedNote) put(note, node.dataset.armedNote);
  }
  async function act(node) {
    node.classList.add("busy");
    const form = node.closest("form,.actionbar");
    const words = form && form.querySelector("textarea,input[type=text]");
    const body = { target: node.dataset.target, version: Number(node.dataset.version), note: words ? words.value : "" };
    let text = "";
    try {
      const answer = await fetch(`/api/actions/${encodeURIComponent(node.dataset.act)}`, {
        method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body), signal: AbortSignal.timeout(20000),
      });
      if (answer.status === 401) return toDoor();
      const told = await answer.json();
      if (answer.ok) text = say("act.done");
      else if (answer.status === 409) text = say("act.conflict", { who: told.winner || "" });
      else if (answer.status === 403) text = say("act.forbidden");
      else if (answer.status === 422) text = told.text || say("act.failed");
      else text = say("act.failed");
      node.classList.toggle("done", answer.ok);
    } catch (error) {
      text = say("act.failed");
    }
    node.classList.remove("busy");
    notice("act", text);
    setTimeout(() => notice("act", ""), 6000);
    for (const panel of state.panels.values()) if (panel.inputs.includes("alerts")) panel.again = true;
    wakeAll();
  }

  /* ---- long lists turn their pages */
  const turned = new Map();
  function afterDraw() {
    for (const list of document.querySelectorAll("[data-turn]")) {
      const root = list.closest('[id^="p-"]');
      showTurn(list, root ? turned.get(root.id) || 0 : 0);
    }
  }
  function showTurn(list, n) {
    const pages = [...list.children];
    pages.forEach((page, i) => { page.hidden = i !== n % pages.length; });
    const counter = list.closest('[id^="p-"]')?.querySelector("[data-turn-count]");
    if (counter) put(counter, say("turn", { page: (n % pages.length) + 1, pages: pages.length }));
  }
  function turn() {
    const now = performance.now();
    for (const list of document.querySelectorAll("[data-turn]")) {
      const root = list.closest('[id^="p-"]');
      if (!root || list.matches(":hover") || list.contains(document.activeElement)) continue;
      const every = Number(list.dataset.turn) * 1000 || 8000;
      const n = Math.floor(now / every);
      if (turned.get(root.id) !== n) {
        turned.set(root.id, n);
        showTurn(list, n);
      }
    }
  }

  /* ---- the wall: 1920 x 1080 units, letterboxed; beyond 2.4:1 the height stays and the width grows */
  function scaleWall() {
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

  /* ---- who is looking: known to the browser only, never in a page's bytes */
  let me = null;
  async function learnMe() {
    me = await (await ask("/api/me")).json();
    dressFor(me);
  }
  function dressFor(who) {
    if (!who || !state.page) return;
    const account = byId("account");
    if (account && who.name) put(account, who.name);
    // Areas above one's own are named, but lead nowhere.
    for (const node of document.querySelectorAll("[data-area]")) {
      if (who.above.includes(node.dataset.area)) { node.removeAttribute("data-go"); node.removeAttribute("href"); }
    }
    notice("local", who.kind === "local" ? say("local") : "", { href: "/first", text: say("local.link") });
    scaleWall();
  }
  let usedAt = 0;
  function noteUse() {
    if (isWall || performance.now() - usedAt < 300000) return;
    usedAt = performance.now();
    fetch("/api/here", { method: "POST", credentials: "same-origin" }).catch(() => {});
  }

  /* ---- walls start afresh each night between three and four, not all at once */
  const bornAt = performance.now();
  const nightMinute = Math.floor(Math.random() * 60);
  function nightly() {
    if (!isWall || performance.now() - bornAt < 7200000 || push.socket === null) return;
    const p = parts(Date.now());
    if (p.hour === "03" && Number(p.minute) === nightMinute) location.reload();
  }

  async function start() {
    while (!(window.dash_clientside && window.dash_clientside.set_props && byId("page"))) await pause(20);
    for (let tries = 0; ; tries++) {
      try {
        await show(location.pathname + location.search, false);
        break;
      } catch (error) {
        await pause(jitter(Math.min(15000, 500 * 2 ** Math.min(tries, 5))));
      }
    }
    window.addEventListener("resize", scaleWall);
    window.addEventListener("online", () => poll().catch(() => {}));
    for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, noteUse, { passive: true });
    setInterval(tick, 1000);
    setInterval(turn, 500);
    setInterval(nightly, 30000);
    learnMe().catch(() => {});
    listen();
  }
  start();
})();
