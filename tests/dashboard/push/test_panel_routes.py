"""GET /api/panels: the right bytes to the right people, once built; never a 500, never an old body under a new name."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import brotli
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from brain.model.query.answer import Answer, SourceState
from brain.model.scope import Role
from brain.store.errors import StoreUnavailable
from dashboard.panel import Panel
from dashboard.push.panel_routes import notice
from dashboard.web.shell import Shell
from tests.dashboard.cockpit import (
    NOW_MS,
    PANELS,
    ManualClock,
    Tell,
    Told,
    add_account,
    add_session,
    add_wall,
    change,
    client,
    serve,
)
from tests.services.waiting import wait_until
from tests.small_city import CITY, TOWNS


@pytest.fixture
def told(shell: Shell) -> Told:
    assert isinstance(shell.answers, Told)
    return shell.answers


@pytest.fixture
def clock(shell: Shell) -> ManualClock:
    assert isinstance(shell.clock, ManualClock)
    return shell.clock


def ask(browser: TestClient, version: str = "", panel: str = "main-number", **query: str) -> Any:
    asked = {"screen": "large", "cockpit": "city", "lang": "zh", "theme": "dark", "v": version, **query}
    return browser.get(f"/api/panels/{panel}", params=asked)


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json())


def stamp(shell: Shell, n: int) -> str:
    return f"{shell.store.boot}-{n}"


def knows(browser: TestClient, name: str, n: int, area: str = CITY) -> None:
    """Until the server's hub has heard of a counter."""
    wait_until(
        lambda: browser.get(f"/api/versions?area={area}").json()["versions"][name] >= n, f"counter {name} to be {n}"
    )


def test_a_panel_is_what_set_props_takes(shell: Shell, browser: TestClient) -> None:
    answer = ask(browser, stamp(shell, 0))
    props = answer.json()["p-main-number"]
    assert set(props) == {"children", "className"}
    assert props["className"] == "panel is-number face-normal"
    assert "0 in 澄州市" in str(props["children"])
    assert answer.headers["x-version"] == stamp(shell, 0)


def test_bytes_are_built_once_per_version(shell: Shell, told: Told, browser: TestClient) -> None:
    told.numbers[CITY] = 1
    for _ in range(5):
        assert "1 in" in text(ask(browser, stamp(shell, 0)))
    assert len(told.calls) == 1
    told.numbers[CITY] = 2
    change(shell, "tickets", TOWNS[0])
    knows(browser, "tickets", 1)
    for _ in range(5):
        assert "2 in" in text(ask(browser, stamp(shell, 1)))
    assert len(told.calls) == 2


def test_another_input_builds_nothing(shell: Shell, told: Told, browser: TestClient) -> None:
    ask(browser, stamp(shell, 0))
    change(shell, "readings")
    knows(browser, "readings", 1)
    assert ask(browser, stamp(shell, 0)).headers["x-version"] == stamp(shell, 0)
    assert len(told.calls) == 1


def test_two_hundred_at_once_cost_one_build(shell: Shell, told: Told, browser: TestClient) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(scope: object, area_id: str) -> Answer[int]:
        begun.set()
        assert go_on.wait(20)
        return Answer(7, NOW_MS)

    told.instead = slow
    with ThreadPoolExecutor(40) as viewers:
        asking = [viewers.submit(ask, browser, stamp(shell, 0)) for _ in range(200)]
        assert begun.wait(20)
        go_on.set()
        bodies = {asked.result(60).content for asked in asking}
    assert len(bodies) == 1
    assert len(told.calls) == 1


def test_only_the_exact_version_may_be_kept_by_browsers(shell: Shell, browser: TestClient) -> None:
    exact = ask(browser, stamp(shell, 0))
    assert exact.headers["cache-control"] == "private, max-age=60"
    for version in ("", "nonsense", stamp(shell, 5), "otherboot-0", f"{shell.store.boot}-0.0"):
        assert ask(browser, version).headers["cache-control"] == "no-store", version
    change(shell, "tickets")
    knows(browser, "tickets", 1)
    late = ask(browser, stamp(shell, 0))  # asked for the old one, got the new one
    assert (late.headers["x-version"], late.headers["cache-control"]) == (stamp(shell, 1), "no-store")


def test_browsers_keep_nothing_that_turns_wrong_by_itself(shell: Shell, told: Told, browser: TestClient) -> None:
    """They ask again by the same address when the data grows old or its sources change."""
    told.instead = lambda scope, area_id: Answer(5, NOW_MS, stale_after_s=59)
    soon_old = ask(browser, stamp(shell, 0))
    assert "face-normal" in text(soon_old)
    assert soon_old.headers["cache-control"] == "no-store"
    source = SourceState("iot", "物联", "Sensors", "lost", NOW_MS, None, 300.0, "no broker", None, False)
    told.instead = lambda scope, area_id: Answer(None, None, (source,))
    trouble = ask(browser, stamp(shell, 0), lang="en")
    assert trouble.headers["x-unsettled"] == "1"
    assert trouble.headers["cache-control"] == "no-store"


def test_a_version_this_process_has_not_heard_of_is_looked_for_in_the_store(
    shell: Shell, told: Told, assets: Any
) -> None:
    """Another process told the browser; this one must not answer with what it built before."""

    class Deaf:
        def __getattr__(self, name: str) -> Any:
            return getattr(shell.store, name)

        def subscribe(self, listener: object) -> Any:
            return lambda: None

    deaf: Any = Deaf()
    with client(serve(replace(shell, store=deaf))) as browser:
        told.numbers[CITY] = 1
        assert "1 in" in text(ask(browser, stamp(shell, 0)))
        told.numbers[CITY] = 2
        change(shell, "tickets")
        assert "1 in" in text(ask(browser, stamp(shell, 0)))
        answer = ask(browser, stamp(shell, 1))
        assert "2 in" in text(answer)
        assert answer.headers["x-version"] == stamp(shell, 1)


def test_languages_themes_and_areas_have_bytes_of_their_own(told: Told, browser: TestClient) -> None:
    told.numbers.update({CITY: 1, TOWNS[0]: 2})
    assert "1 in" in text(ask(browser, area=CITY))
    assert "2 in 东渡镇" in text(ask(browser, area=TOWNS[0]))
    ask(browser, area=CITY, theme="light")
    ask(browser, area=CITY, lang="en")
    ask(browser, area=CITY, screen="small")
    assert len(told.calls) == 5


def test_roles_areas_and_units_never_share_bytes_and_people_of_one_kind_do(
    shell: Shell, server: FastAPI, told: Told
) -> None:
    kinds: list[tuple[Role, str, str | None]] = [
        (Role.OPERATOR, CITY, None),
        (Role.LEADER, CITY, None),
        (Role.OPERATOR, TOWNS[0], None),
        (Role.UNIT, CITY, "water"),
        (Role.UNIT, CITY, "hotline"),
    ]
    told.instead = lambda scope, area_id: Answer(f"{scope.role} {scope.unit} of {scope.area_id}", NOW_MS)
    seen = {}
    with client(server) as living:
        for n, (role, area_id, unit) in enumerate(kinds):
            for person in ("first", "second"):
                token = add_session(shell, add_account(shell, f"{person}{n}", role, area_id, unit))
                browser = client(server, token)
                browser.portal = living.portal
                seen[role, area_id, unit, person] = text(ask(browser, area=TOWNS[0]))
    for role, area_id, unit in kinds:
        own = f"{role} {unit} of {area_id}"
        assert own in seen[role, area_id, unit, "first"]
        assert seen[role, area_id, unit, "first"] == seen[role, area_id, unit, "second"]
    assert len(told.calls) == len(kinds)
    assert {scope.actor for scope, _ in told.calls} == {""}  # no panel learns who looks


def test_an_area_outside_the_scope_is_refused(shell: Shell, server: FastAPI) -> None:
    token = add_session(shell, add_account(shell, "wu", Role.OPERATOR, TOWNS[0]))
    with client(server, token) as browser:
        assert ask(browser).status_code == 200  # no area: one's own
        for area in (CITY, TOWNS[1]):
            assert ask(browser, area=area).status_code == 403
            assert browser.get(f"/api/versions?area={area}").status_code == 403
            assert browser.get(f"/api/pages/large/city/{area}").status_code == 403
        assert browser.get("/api/versions?area=nowhere").status_code == 403


def test_a_wall_sees_large_screens_only(shell: Shell, server: FastAPI) -> None:
    with client(server, add_wall(shell)) as browser:
        assert ask(browser).status_code == 200
        assert ask(browser, screen="medium").status_code == 403
        assert ask(browser, screen="small").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"screen": "huge"},
        {"lang": "fr"},
        {"theme": "pink"},
        {"cockpit": "nothing"},
        {"area": "nowhere"},
        {"area": "x" * 65},
        {"alert_id": "x" * 65},
    ],
)
def test_what_does_not_exist_is_not_found(browser: TestClient, query: dict[str, str]) -> None:
    assert ask(browser, **query).status_code == 404


@pytest.mark.parametrize("panel", ["number", "main-nothing", "other-number", "-", "main-number-3", "main-number-2x"])
def test_a_placement_that_does_not_exist_is_not_found(browser: TestClient, panel: str) -> None:
    assert ask(browser, panel=panel).status_code == 404
    assert ask(browser, panel="main-number-2").status_code == 200


def test_a_panel_whose_answer_raises_is_shown_failed_and_logged_once(
    told: Told, browser: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(scope: object, area_id: str) -> Answer[int]:
        raise ZeroDivisionError("nothing <b>to</b> divide by")

    told.instead = fail
    with caplog.at_level(logging.ERROR, logger="dashboard.push.panel_body"):
        for _ in range(3):
            answer = ask(browser)
            assert answer.json()["p-main-number"]["className"] == "panel is-number face-failed"
    assert "ZeroDivisionError: nothing <b>to</b> divide by" in text(answer)  # as text of a component, never markup
    assert (answer.headers["cache-control"], answer.headers["retry-after"]) == ("no-store", "5")
    assert len(caplog.records) == 1
    told.instead = None
    assert "face-normal" in text(ask(browser))
    told.instead = fail
    with caplog.at_level(logging.ERROR, logger="dashboard.push.panel_body"):
        change_language = ask(browser, lang="en")
    assert "face-failed" in text(change_language)
    assert len(caplog.records) == 2  # it had been well in between


def test_the_cause_is_told_to_those_who_mend_it(shell: Shell, server: FastAPI, told: Told) -> None:
    def fail(scope: object, area_id: str) -> Answer[int]:
        raise RuntimeError("secret cause")

    told.instead = fail
    with client(server) as living:
        for role, told_cause in ((Role.OPERATOR, True), (Role.LEADER, False), (Role.UNIT, False)):
            unit = "water" if role is Role.UNIT else None
            browser = client(server, add_session(shell, add_account(shell, role.value, role, CITY, unit)))
            browser.portal = living.portal
            assert ("secret cause" in text(ask(browser))) is told_cause
        wall = client(server, add_wall(shell))
        wall.portal = living.portal
        assert "secret cause" not in text(ask(wall))


def test_a_panel_whose_build_raises_is_shown_failed(shell: Shell) -> None:
    def build(view: object) -> object:
        raise KeyError("a bug")

    panels = {**PANELS, "number": Panel(build=build, needs={"n": Tell()})}
    with client(serve(replace(shell, panels=panels))) as browser:
        assert "face-failed" in text(ask(browser))
        assert "face-normal" in text(ask(browser, panel="main-situation"))  # the others are not affected


def test_while_the_database_is_away_the_last_bytes_stay(shell: Shell, told: Told, browser: TestClient) -> None:
    def away(scope: object, area_id: str) -> Answer[int]:
        raise StoreUnavailable("the database does not answer")

    told.numbers[CITY] = 41
    before = ask(browser)
    told.instead = away
    change(shell, "tickets")
    knows(browser, "tickets", 1)
    answer = ask(browser, stamp(shell, 1))
    assert answer.content == before.content
    assert (answer.headers["cache-control"], answer.headers["retry-after"]) == ("no-store", "5")
    nothing_yet = ask(browser, area=TOWNS[0])
    assert "face-failed" in text(nothing_yet)
    told.instead = None
    told.numbers[CITY] = 42
    assert "42 in" in text(ask(browser, stamp(shell, 1)))


def test_a_fresh_body_gives_way_to_the_stale_face_in_time(told: Told, clock: ManualClock, browser: TestClient) -> None:
    told.instead = lambda scope, area_id: Answer(5, NOW_MS, stale_after_s=60)
    assert "face-normal" in text(ask(browser))
    clock.now = NOW_MS + 60_000
    assert "face-normal" in text(ask(browser))
    clock.now = NOW_MS + 60_001
    assert "face-stale" in text(ask(browser))
    assert len(told.calls) == 2


def test_what_time_alone_changes_is_built_anew_from_that_moment_on(
    told: Told, clock: ManualClock, browser: TestClient
) -> None:
    told.instead = lambda scope, area_id: Answer(5, NOW_MS, changes_ms=NOW_MS + 60_000)
    assert f"'data-again-at': '{NOW_MS + 60_000}'" in text(ask(browser))
    clock.now = NOW_MS + 59_999
    ask(browser)
    assert len(told.calls) == 1
    clock.now = NOW_MS + 60_000
    ask(browser)
    assert len(told.calls) == 2


def test_a_new_hour_builds_anew(told: Told, clock: ManualClock, browser: TestClient) -> None:
    ask(browser)
    clock.now += 3_600_000
    ask(browser)
    assert len(told.calls) == 2


def test_a_panel_in_trouble_follows_the_state_of_its_sources(shell: Shell, told: Told, browser: TestClient) -> None:
    source = SourceState("iot", "物联", "Sensors", "lost", NOW_MS, None, 300.0, "no broker", None, False)
    told.instead = lambda scope, area_id: Answer(None, None, (source,))
    lost = ask(browser)
    assert "face-failed" in text(lost)
    assert lost.headers["x-unsettled"] == "1"
    told.instead = None
    assert "face-failed" in text(ask(browser))
    change(shell, "feeds")
    knows(browser, "feeds", 1)
    back = ask(browser)
    assert "face-normal" in text(back)
    assert "x-unsettled" not in back.headers


@pytest.fixture
def hostile() -> str:
    return "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e=cmd|'/c calc'!A1 {{7*7}} %{customdata}"


def test_stored_text_stays_text(told: Told, browser: TestClient, hostile: str) -> None:
    told.instead = lambda scope, area_id: Answer(hostile, NOW_MS)
    props = ask(browser).json()["p-main-number"]["children"]
    found = [node for node in walk(props) if isinstance(node, str) and "<script>" in node]
    assert found == [f"{hostile} in 澄州市"]  # one string child: React writes it as text
    dangerous = {"dangerously_allow_html", "srcDoc", "dangerouslySetInnerHTML"}
    assert not dangerous & {key for node in walk(props) if isinstance(node, dict) for key in node}


def walk(node: Any) -> Iterator[Any]:
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from walk(child)


def test_bodies_travel_packed(shell: Shell, told: Told, browser: TestClient) -> None:
    told.instead = lambda scope, area_id: Answer("again and again " * 200, NOW_MS)
    with browser.stream(
        "GET",
        "/api/panels/main-number",
        params={"screen": "large", "cockpit": "city"},
        headers={"Accept-Encoding": "br"},
    ) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "br"
    plain = browser.get(
        "/api/panels/main-number",
        params={"screen": "large", "cockpit": "city"},
        headers={"Accept-Encoding": "identity"},
    )
    assert "content-encoding" not in plain.headers
    assert brotli.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 5


def test_versions_are_told_for_those_who_poll(shell: Shell, browser: TestClient) -> None:
    change(shell, "alerts", TOWNS[0])
    knows(browser, "alerts", 1)
    told = browser.get("/api/versions").json()
    assert told["versions"] == {
        "alerts": 1,
        **dict.fromkeys(("duty", "feeds", "indicators", "readings", "tickets", "warnings"), 0),
    }
    assert (told["boot"], told["now"], told["area"]) == (shell.store.boot, NOW_MS, CITY)
    assert len(told["assets"]) == 12
    assert browser.get(f"/api/versions?area={TOWNS[1]}").json()["versions"]["alerts"] == 0


def test_viewers_are_told_while_the_database_is_away(shell: Shell) -> None:
    assert "away_s" not in notice(shell, "mark", CITY, {})
    with pytest.raises(StoreUnavailable), shell.store.read():
        raise StoreUnavailable("gone")
    assert notice(shell, "mark", CITY, {})["away_s"] == 0
    with shell.store.read():
        pass
    assert "away_s" not in notice(shell, "mark", CITY, {})
