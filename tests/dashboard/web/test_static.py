"""Public files: packed once, kept for ever under an address that changes with them."""

import gzip
from pathlib import Path

import brotli
import pytest
from starlette.testclient import TestClient

from dashboard.web.packer import Packer
from dashboard.web.static import FOREVER, Assets
from tests.dashboard.cockpit import make_assets


def test_the_mark_changes_with_any_file(tmp_path: Path) -> None:
    folder = make_assets(tmp_path)
    before = Assets(folder, Packer()).mark
    assert Assets(folder, Packer()).mark == before
    (folder / "bus.js").write_text("other")
    assert Assets(folder, Packer()).mark != before


def test_style_sheets_come_in_their_order(tmp_path: Path) -> None:
    folder = make_assets(tmp_path)
    (folder / "css" / "alert.css").write_text("")
    assert Assets(folder, Packer()).styles() == ["vendor/bootstrap.min.css", "css/tokens.css", "css/alert.css"]


def test_a_marked_address_is_for_ever_and_any_other_is_checked(tmp_path: Path, browser: TestClient) -> None:
    mark = browser.get("/api/versions").json()["assets"]
    assert browser.get(f"/assets/v-{mark}/bus.js").headers["cache-control"] == FOREVER
    assert browser.get(f"/assets/v-{mark}/css/tokens.css").headers["content-type"] == "text/css; charset=utf-8"
    for address in ("/assets/bus.js", "/assets/v-000000000000/bus.js"):
        answer = browser.get(address)
        assert answer.headers["cache-control"] == "public, no-cache"
        unchanged = browser.get(address, headers={"If-None-Match": answer.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")


@pytest.mark.parametrize(("encoding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_files_travel_packed(browser: TestClient, encoding: str, unpack: object) -> None:
    with browser.stream("GET", "/assets/bus.js", headers={"Accept-Encoding": encoding}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == encoding
    assert answer.headers["vary"] == "Accept-Encoding"
    plain = browser.get("/assets/bus.js", headers={"Accept-Encoding": "identity"}).content
    assert unpack(raw) == plain  # type: ignore[operator]


@pytest.mark.parametrize(
    "path",
    ["nothing.js", "", "../pyproject.toml", "%2e%2e/pyproject.toml", "css", "css/", "/etc/passwd", "bus.js/x", "v-/x"],
)
def test_nothing_else_is_there(browser: TestClient, path: str) -> None:
    assert browser.get(f"/assets/{path}").status_code == 404


def test_a_file_that_was_taken_away_is_not_found(tmp_path: Path) -> None:
    folder = make_assets(tmp_path)
    assets = Assets(folder, Packer())
    (folder / "bus.js").unlink()
    with pytest.raises(LookupError):
        assets._read("bus.js")


@pytest.mark.parametrize(
    "path", ["dash/nothing.js", "os/path.py", "dash/../../x.js", "nothing/x.js", "dash/deps/%00.js"]
)
def test_component_libraries_are_dashs_own_files_only(browser: TestClient, path: str) -> None:
    assert browser.get(f"/large/_dash-component-suites/{path}").status_code == 404
