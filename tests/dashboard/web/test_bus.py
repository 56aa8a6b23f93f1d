"""bus.js in a real Chromium, on a cockpit made for it: what the flows of the whole program do not show."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, Route, WebSocketRoute

from tests.dashboard.cockpit import ROOT
from tests.dashboard.web.bus_app import DATABASE
from tests.dashboard.web.chromium import Seat, chromium
from tests.services.mosquitto import free_port
from tests.services.process import ServerProcess
from tests.services.waiting import wait_until
from tests.small_city import CITY, TOWNS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[str]:
    """Where the cockpit runs."""
    folder = tmp_path_factory.mktemp("bus")
    (folder / "city.db").write_bytes(sqlite_template)
    port = free_port()
    said = (f"{DATABASE}=sqlite:///{folder / 'city.db'}", f"PYTHONPATH={ROOT}")
    options = ("--factory", "--log-level", "warning", "--ws-per-message-deflate", "false")
    serve = (sys.executable, "-m", "uvicorn", "tests.dashboard.web.bus_app:app", "--port", str(port), *options)
    server = ServerProcess(["env", *said, *serve], folder / "log")
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(url, server), "the cockpit to start", 60)
    yield url
    server.end()


def answers(url: str, server: ServerProcess) -> bool:
    assert server.running, server.tail()
    try:
        return httpx2.get(f"{url}/healthz").status_code == 200
    except httpx2.TransportError:
        return False


@pytest.fixture
def seat(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Seat]:
    """A browser of the size the test asks for."""
    taken = Seat(browser, address, *getattr(request, "param", ("medium", 1024, 1366)))
    yield taken
    taken.leave()


def act(address: str, verb: str) -> None:
    body = {"target": "x", "version": 1, "note": ""}
    answer = httpx2.post(f"{address}/api/actions/{verb}", json=body, headers={"Origin": address})
    assert answer.status_code == 200


def count_up(address: str) -> None:
    act(address, "test.count")


def shown(page: Page) -> int:
    found = re.search(r"(\d+) in ", page.inner_text("#p-main-number"))
    assert found is not None
    return int(found[1])


def requests_of(page: Page, part: str) -> list[str]:
    """Grows with each request whose address has `part`."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if part in request.url else None)
    return seen


def test_each_version_is_fetched_once_by_each_panel_that_follows_it(seat: Seat, address: str) -> None:
    page = seat.open()
    before = shown(page)
    seen = requests_of(page, "/api/panels/")
    page.evaluate("() => { document.querySelector('#p-main-number').lastElementChild.kept = true; }")
    for n in (1, 2, 3):
        count_up(address)
        seat.wait("(n) => document.querySelector('#p-main-number').innerText.includes(`${n} in`)", before + n)
    seat.wait("(n) => document.querySelector('#town-map .js-plotly-plot').data[0].z[0] === n", before + 3)
    assert page.evaluate("() => document.querySelector('#p-main-number').lastElementChild.kept"), "made anew"
    numbers = [url for url in seen if "main-number" in url]
    assert len(numbers) == len(set(numbers)) == 3
    assert not [url for url in seen if "main-list" in url or "main-button" in url]


def test_what_time_alone_changes_is_asked_for_once_when_it_is_time(seat: Seat) -> None:
    page = seat.open()
    seen = requests_of(page, "/api/panels/soon-timed")
    page.click("nav.tabs >> text=时")
    page.wait_for_selector("#p-soon-timed.face-normal")
    seat.wait("() => performance.getEntriesByType('resource').filter((e) => e.name.includes('soon-timed')).length > 1")
    for _ in range(2):  # the same bytes name the same moment: the next ticks do not ask again
        clock = page.inner_text("[data-clock]")
        seat.wait("(before) => document.querySelector('[data-clock]').innerText !== before", clock)
    assert len(seen) == 2


def test_a_page_is_left_and_come_back_to_without_loading_anew(seat: Seat) -> None:
    page = seat.open()
    page.evaluate("() => { window.same = true; }")
    page.click("nav.tabs >> text=多")
    page.wait_for_selector("#p-more-number.face-normal")
    assert page.url.endswith(f"/medium/city/{CITY}?page=more")
    page.go_back()
    page.wait_for_selector("#p-main-town_map.face-normal")
    page.wait_for_selector("#town-map .choroplethlayer path")
    box = page.locator("#town-map .choroplethlayer path").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(f"**/medium/city/{TOWNS[0]}")
    seat.wait("() => document.querySelector('#p-main-number').innerText.includes('东渡镇')")
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/medium/city/{CITY}")
    assert page.evaluate("() => window.same") is True


def test_of_two_quick_navigations_the_later_one_stays(seat: Seat) -> None:
    """Whatever the order of the answers."""
    page = seat.open()
    held: list[Route] = []
    page.route(re.compile("/api/pages/.*page=more"), lambda route: held.append(route))
    page.click("nav.tabs >> text=多")
    wait_until(lambda: page.evaluate("() => 1") and held, "the first page to be asked for")
    page.click("nav.tabs >> text=预警")
    page.wait_for_selector("#p-alerts-alert_list.face-normal")
    with page.expect_event("requestfinished", lambda request: "page=more" in request.url):
        held[0].continue_()
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    assert page.url.endswith(f"/medium/alerts/{CITY}")
    assert page.locator("#p-alerts-alert_list").is_visible()


def test_where_sockets_are_blocked_a_slow_poll_takes_over(seat: Seat, address: str) -> None:
    seat.page.route_web_socket("**/push/ws**", lambda route: route.close())
    seat.page.clock.install()
    page = seat.open()

    def in_time(holds: Callable[[], bool]) -> bool:
        page.clock.run_for(1000)
        return holds()

    wait_until(lambda: in_time(lambda: "轮询" in page.inner_text("#link-state")), "the page to say that it polls")
    before = shown(page)
    count_up(address)
    wait_until(lambda: in_time(lambda: shown(page) == before + 1), "the poll to tell of the number")


def test_a_socket_that_breaks_is_opened_again(seat: Seat, address: str) -> None:
    opened: list[WebSocketRoute] = []

    def through(route: WebSocketRoute) -> None:
        opened.append(route)
        route.connect_to_server()

    seat.page.route_web_socket("**/push/ws**", through)
    page = seat.open()
    opened[0].close()
    seat.wait("() => true")
    wait_until(lambda: page.evaluate("() => 1") and len(opened) > 1, "the socket to be opened again")
    before = shown(page)
    count_up(address)
    seat.wait("(n) => document.querySelector('#p-main-number').innerText.includes(`${n} in`)", before + 1)


def overheard(seat: Seat) -> tuple[list[WebSocketRoute], list[dict[str, Any]]]:
    """The page's sockets, to say more on them, and what the server said there; both grow."""
    lines: list[WebSocketRoute] = []
    told: list[dict[str, Any]] = []

    def through(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def relay(message: Any) -> None:
            told.append(json.loads(message))
            route.send(message)

        server.on_message(relay)
        lines.append(route)

    seat.page.route_web_socket("**/push/ws**", through)
    return lines, told


def test_another_store_makes_all_be_fetched_and_other_assets_the_page_be_loaded(seat: Seat) -> None:
    lines, told = overheard(seat)
    page = seat.open()
    wait_until(lambda: page.evaluate("() => 1") and told, "a notice")
    page.evaluate("() => { window.same = true; }")
    seen = requests_of(page, "/api/panels/")
    lines[0].send(json.dumps({**told[0], "boot": "another"}))
    wait_until(lambda: page.evaluate("() => 1") and len({_panel(url) for url in seen}) == 5, "all panels to be fetched")
    assert page.evaluate("() => window.same") is True
    lines[0].send(json.dumps({**told[0], "assets": "another"}))
    seat.wait("() => window.same === undefined")


def test_a_database_that_is_away_is_said_across_the_page_until_it_is_back(seat: Seat) -> None:
    lines, told = overheard(seat)
    page = seat.open()
    wait_until(lambda: page.evaluate("() => 1") and told, "a notice")
    lines[0].send(json.dumps({**told[0], "away_s": 7}))
    seat.wait("() => document.getElementById('notice').innerText.includes('数据库异常（7 秒前起）')")
    lines[0].send(json.dumps(told[0]))
    seat.wait("() => !document.getElementById('notice').innerText.includes('数据库')")


def test_what_is_to_look_again_later_does_not_hold_back_what_changes_now(seat: Seat, address: str) -> None:
    """As the first alert of a calm day: the empty roll looks again when the state of its sources moved, but later."""
    lines, told = overheard(seat)

    def unsettled(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "x-unsettled": "1"})

    seat.page.route("**/api/panels/main-number?*", unsettled)
    page = seat.open()
    wait_until(lambda: page.evaluate("() => 1") and told, "a notice")
    seen = requests_of(page, "/api/panels/main-number")
    page.clock.install()
    page.clock.pause_at(time.time() + 3600)  # from now on nothing happens because of time
    before = shown(page)
    for n in (1, 2):  # the first is looked at now, the second is to wait for its turn
        lines[0].send(json.dumps({**told[0], "versions": {"feeds": 1000 + n}}))
        wait_until(lambda: page.evaluate("() => 1") and seen, "the panel to look again")
    asked = len(seen)
    count_up(address)
    seat.wait("(n) => document.querySelector('#p-main-number').innerText.includes(`${n} in`)", before + 1)
    assert len(seen) == asked + 1


def _panel(url: str) -> str:
    return url.partition("?")[0]


def test_the_first_tap_arms_for_three_seconds_and_the_second_acts(seat: Seat) -> None:
    page = seat.open()
    page.clock.install()
    before = shown(page)
    sent = requests_of(page, "/api/actions/")
    button = page.locator("#count")
    button.click()
    assert "armed" in (button.get_attribute("class") or "")
    assert button.inner_text().startswith("sure?")
    page.clock.run_for(3100)
    page.wait_for_selector("#count:not(.armed)")
    assert button.inner_text().startswith("count")
    assert sent == []
    button.click()
    page.locator("#lose").click()  # another button: the first is put down
    assert "armed" not in (button.get_attribute("class") or "")
    button.click()
    button.click()
    page.clock.resume()
    seat.wait("(n) => document.querySelector('#p-main-number').innerText.includes(`${n} in`)", before + 1)
    assert len(sent) == 1


def test_who_was_faster_is_said(seat: Seat) -> None:
    seat.expected = ("409",)
    page = seat.open()
    for _ in range(2):
        page.locator("#lose").click()
    seat.wait("() => document.getElementById('notice').innerText.includes('小李 已先行处理')")


def test_long_lists_turn_their_pages_and_wait_for_who_reads(seat: Seat) -> None:
    page = seat.open()
    seen = set()

    def all_seen() -> bool:
        seen.add(page.inner_text(".turned:not([hidden])"))
        return len(seen) == 3

    wait_until(all_seen, "every page of the list")
    assert re.fullmatch(r"[123]/3", page.inner_text("[data-turn-count]"))
    page.hover(".turned:not([hidden])")
    held = page.inner_text(".turned:not([hidden])")
    page.clock.install()
    page.clock.run_for(10_000)
    assert page.inner_text(".turned:not([hidden])") == held


@pytest.mark.parametrize(
    ("width", "height", "box"),
    [
        (1920, 1080, (0, 0, 1920, 1080)),
        (1366, 768, (0, 0, 1366, 768)),
        (1024, 1366, (0, 395, 1024, 576)),
        (3840, 2160, (0, 0, 3840, 2160)),
        (3840, 1080, (0, 0, 3840, 1080)),
        (5760, 1080, (0, 0, 5760, 1080)),
        (2400, 1080, (240, 0, 1920, 1080)),
    ],
)
def test_a_wall_fills_its_screen_without_scrolling(
    browser: Browser, address: str, width: int, height: int, box: tuple[int, int, int, int]
) -> None:
    seat = Seat(browser, address, "large", width, height)
    page = seat.open()
    found = page.locator("#wall").bounding_box()
    assert found is not None
    assert [found[side] for side in ("x", "y", "width", "height")] == [pytest.approx(side, abs=2) for side in box]
    root = "document.documentElement"
    assert page.evaluate(f"() => {root}.scrollWidth <= innerWidth && {root}.scrollHeight <= innerHeight")
    seat.leave()


@pytest.mark.parametrize("seat", [("large", 1920, 1080)], indirect=True, ids=str)
def test_a_wall_follows_the_size_of_its_window(seat: Seat) -> None:
    page = seat.open()
    page.set_viewport_size({"width": 960, "height": 540})
    seat.wait("() => Math.abs(document.getElementById('wall').getBoundingClientRect().width - 960) < 2")


def test_a_machine_without_accounts_says_so(seat: Seat) -> None:
    """On a machine without accounts the page says that whoever sits there is its administrator."""
    page = seat.open()
    seat.wait("() => document.getElementById('notice').innerText.includes('尚无账号')")
    assert page.locator("#notice a").get_attribute("href") == "/first"


# --- wall pages that take turns
WALL = ("large", 1920, 1080)


def turning(seat: Seat) -> Page:
    seat.expected = ("WebSocket is closed before",)  # time runs faster than the line is opened
    seat.page.clock.install()
    page = seat.open("turning")
    page.evaluate("() => { window.same = history.length; }")
    return page


def soon(page: Page, place: str, mark: str = "") -> None:
    """The page comes up by itself while time runs fast."""

    def there() -> bool:
        page.clock.run_for(1000)
        return page.inner_text("#wall .band-sub") == place + mark

    wait_until(there, f"{place} {mark}")


@pytest.mark.parametrize("seat", [WALL], indirect=True, ids=str)
def test_wall_pages_take_turns_until_somebody_touches_the_wall(seat: Seat) -> None:
    page = turning(seat)
    soon(page, "two2/3")
    page.wait_for_selector("#p-two-town_map.face-normal .js-plotly-plot")
    assert page.url.endswith(f"/large/turning/{CITY}?page=two")  # where a wall that loads anew goes on
    soon(page, "three3/3")
    soon(page, "one1/3")
    page.mouse.click(300, 300)
    soon(page, "one1/3", "暂停轮播")
    for _ in range(15):
        soon(page, "one1/3", "暂停轮播")
    page.clock.run_for(285_000)
    soon(page, "two2/3")
    assert page.evaluate("() => window.same === history.length")


@pytest.mark.parametrize("seat", [WALL], indirect=True, ids=str)
def test_a_red_alert_takes_the_wall_to_its_stage_until_it_is_closed(seat: Seat, address: str) -> None:
    page = turning(seat)
    soon(page, "two2/3")
    page.mouse.click(300, 300)  # somebody who reads this page is told all the same
    soon(page, "two2/3", "暂停轮播")
    act(address, "test.red")
    try:
        soon(page, "three3/3", "红色预警停留")
        for _ in range(15):
            soon(page, "three3/3", "红色预警停留")
    finally:
        act(address, "test.red")
    soon(page, "one1/3")


@pytest.mark.parametrize("seat", [WALL], indirect=True, ids=str)
def test_pages_that_took_turns_leave_nothing_behind(seat: Seat) -> None:
    page = seat.open("turning")
    devtools = seat.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    pages = page.locator("link[href*='/bus/pages.js']").get_attribute("href")
    turn = """async ([pages, path, rounds]) => {
        const { show } = await import(pages);
        const drawn = (id) => document.querySelector(`#p-${id}:not(.face-loading)`);
        for (let n = 0; n < rounds; n++) for (const [page, id] of
            [["two", "two-town_map"], ["three", "three-number"], ["one", "one-list"]]) {
          await show(`${path}?page=${page}`, "replaceState");
          const map = () => page !== "two" || document.querySelector(".choroplethlayer path");
          while (!drawn(id) || !map()) await new Promise(requestAnimationFrame);
        }
    }"""

    def left(rounds: int) -> tuple[int, dict[str, float]]:
        """After these rounds: elements on the page; nodes and listeners in memory, on it or not."""
        page.evaluate(turn, [pages, f"/large/turning/{CITY}", rounds])
        devtools.send("HeapProfiler.collectGarbage")
        found = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
        elements = page.evaluate("() => document.getElementsByTagName('*').length")
        return elements, {name: found[name] for name in ("Nodes", "JSEventListeners")}

    (elements, before), (elements_after, after) = left(1), left(17)
    assert elements_after == elements
    # What is being drawn comes and goes; of a page that stayed there would be hundreds of nodes, fifty times.
    assert {name: n - before[name] for name, n in after.items() if n - before[name] > 200} == {}


# --- a wall looks after itself
LOCKS = """() => {
    window.locks = [];
    const request = async (kind) => { window.locks.push(kind); };
    Object.defineProperty(navigator, "wakeLock", { value: { request } });
}"""


@pytest.mark.parametrize("seat", [WALL], indirect=True, ids=str)
def test_a_wall_keeps_its_screen_on_and_fills_it(seat: Seat) -> None:
    seat.page.add_init_script(f"({LOCKS})()")
    page = seat.open()
    assert page.evaluate("() => window.locks") == ["screen"]
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")  # looked at again
    assert page.evaluate("() => window.locks") == ["screen", "screen"]
    page.keyboard.press("f")
    seat.wait("() => document.fullscreenElement === document.documentElement")
    page.keyboard.press("f")
    seat.wait("() => document.fullscreenElement === null")
    page.mouse.dblclick(5, 500)
    seat.wait("() => document.fullscreenElement !== null")


@pytest.mark.parametrize("seat", [WALL], indirect=True, ids=str)
def test_a_wall_loads_afresh_at_night_and_shows_what_it_showed(seat: Seat) -> None:
    """At a minute of its own between three and four of the city, once it has stood for some hours."""
    seat.expected = ("WebSocket is closed before",)
    seat.page.add_init_script("Math.random = () => 0.5")
    seat.page.add_init_script("delete Navigator.prototype.wakeLock")  # as over plain http: nothing is said of it
    seat.page.clock.install(time="2026-03-01T17:20:00Z")  # 01:20 in the city
    page = seat.open(f"city/{TOWNS[0]}?page=more&lang=en&theme=light")
    page.evaluate("() => { window.same = true; }")
    page.clock.fast_forward("02:00:00")
    assert page.evaluate("() => window.same") is True  # 03:20: a minute of others

    def alive() -> bool:
        page.clock.run_for(1000)
        return page.locator("#link-state.live").count() == 1

    wait_until(alive, "the line to be open again after the leap")
    page.clock.fast_forward("00:10:00")
    page.wait_for_function("() => window.same === undefined")
    seat.wait("() => document.querySelector('#wall .band-sub')?.innerText.endsWith('More2/3')")
    assert f"/large/city/{TOWNS[0]}?page=more" in page.url
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("html", "data-bs-theme") == "light"


@pytest.mark.parametrize("seat", [WALL], indirect=True, ids=str)
def test_no_wall_loads_afresh_while_a_red_alert_is_open_or_the_server_does_not_answer(seat: Seat) -> None:
    seat.expected = ("WebSocket is closed before", "503")
    seat.page.add_init_script("Math.random = () => 0.5")
    seat.page.clock.install(time="2026-03-01T17:20:00Z")  # 01:20 in the city
    page = seat.open(f"city/{TOWNS[0]}")
    page.evaluate("() => { window.same = true; }")
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(json={"red": ["red-1"]})
        elif len(asked) == 2:
            route.fulfill(status=503, json={"error": "store_unavailable"})
        else:
            route.fulfill(json={"red": []})

    page.route("**/api/red?area=*", answer)
    page.clock.fast_forward("02:10:00")  # 03:30, its minute

    def asked_again() -> bool:
        page.clock.run_for(10_000)
        return len(asked) == 3  # a page that had been loaded afresh would not ask again

    wait_until(asked_again, "the third question")
    page.wait_for_function("() => window.same === undefined")
    assert f"area={TOWNS[0]}" in asked[0]
