"""The examples of the documents are run: panel, text, feed, city pack, and the stanzas for real tickets and sensors."""

import base64
import importlib.util
import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
from ruamel.yaml import YAML

from brain.feed import FeedSettings, Rejected
from brain.model.facts import Name
from brain.model.reading import Device, Reading
from brain.runtime.discover import FeedModule, discover
from brain.settings.city import load_city
from brain.settings.facts import facts_of
from brain.settings.reader import Settings, read_settings
from dashboard.discover import discover_panels
from dashboard.kit.face import needs_of
from dashboard.kit.frame import frame
from dashboard.panel import Panel, Screen, View
from dashboard.texts import Texts, load_texts
from feeds import hotline_table, iot_mqtt
from feeds.payloads.convention_files import conventions
from feeds.payloads.message import Message
from tests.feeds.desk import NOW_MS, Desk
from tests.guards.documents import blocks, files_in, read
from tests.guards.source import ROOT, imports
from tests.guards.test_imports import MAY
from tests.panels import samples
from tests.panels.shown import bare_view, text_of

EXAMPLES = files_in(ROOT / "CONTRIBUTING.md")
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
TOKENS = ("EVENTS_TOKEN", "PROMETHEUS_TOKEN", "NGSI_TOKEN")
PANEL, FEED, CITY = "open_requests", "river_levels", "riverside"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The examples as files of a house beside ours; `panels` and `feeds` then reach into both."""
    for name, text in EXAMPLES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("panels", "feeds"):
            del sys.modules[name]


def models() -> dict[str, type[FeedSettings]]:
    return {slug: module.Settings for slug, module in discover(ROOT / "feeds", "feeds").items()}


def settings_of(
    text: str, folder: Path, feeds: Mapping[str, type[FeedSettings]], panels: Mapping[str, Any]
) -> Settings:
    """An example as the whole config of Zhongshan, with the metrics and kinds of ours."""
    ours = YAML(typ="safe").load(read(ROOT / "config.yaml"))
    path = folder / "example.yaml"
    with path.open("w", encoding="utf-8") as file:
        kept = {name: ours[name] for name in ("city", "metrics", "device_kinds")}
        YAML(typ="safe").dump(kept | YAML(typ="safe").load(text), file)
    return read_settings(
        path, {"MQTT_PASSWORD": "secret", **dict.fromkeys(TOKENS, "a-token-of-an-example")}, feeds, panels
    )


def test_the_documents_have_the_examples() -> None:
    rooms = {Path(name).parts[0] for name in EXAMPLES}
    assert rooms == {"panels", "feeds", "tests", "dashboard", "cities", "config.yaml"}


# --- a panel and its words ---------------------------------------------------------------------------------------
@pytest.fixture
def texts(house: Path) -> Texts:
    """Our catalogues with the example's words in them, read as the program reads them."""
    for lang in ("zh", "en"):
        path = house / "dashboard" / "text" / f"{lang}.yaml"
        ours = read(ROOT / "dashboard" / "text" / f"{lang}.yaml")
        path.write_text(f"{ours}\n{read(path)}", encoding="utf-8")
    return load_texts(house / "dashboard" / "text")


@pytest.fixture
def panel(house: Path) -> Panel:
    found = discover_panels(house / "panels", "panels")
    assert list(found) == [PANEL]
    return found[PANEL]


def seen(panel: Panel, texts: Texts, screen: Screen, lang: str, kind: str) -> View:
    view = bare_view(PANEL, screen, lang, tr=texts.translate(lang), options=dict(panel.options))
    needs = needs_of(panel, view)
    return replace(view, answers={name: samples.answer(q, view.city, view.area, kind) for name, q in needs.items()})


@pytest.mark.parametrize("kind", samples.KINDS)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("screen", tuple(Screen))
def test_the_panel_is_built_in_every_face(panel: Panel, texts: Texts, screen: Screen, lang: str, kind: str) -> None:
    section: Any = frame(panel, seen(panel, texts, screen, lang, kind))
    assert f"is-{PANEL}" in section.className
    assert texts.by_language[lang][f"{PANEL}.title"] in text_of(section)
    if kind == "normal":
        assert "642" in text_of(section)
        assert "17" in text_of(section)


@pytest.mark.parametrize("part", ["title", "sub", "unit", "empty"])
def test_the_words_are_all_there(texts: Texts, part: str) -> None:
    for lang in ("zh", "en"):
        assert f"{PANEL}.{part}" in texts.by_language[lang]


def test_the_placement_is_good(panel: Panel, tmp_path: Path) -> None:
    config = next(block.text for block in blocks(read(ROOT / "CONTRIBUTING.md")) if "cockpits:" in block.text)
    settings = settings_of(config, tmp_path, {}, {PANEL: panel})
    placed = settings.config.cockpits["city"].medium["main"].panels
    assert [place.panel for place in placed] == [PANEL]


# --- a feed ------------------------------------------------------------------------------------------------------
@pytest.fixture
def feed(house: Path) -> FeedModule:
    found = discover(house / "feeds", "feeds")
    assert list(found) == [FEED]
    return found[FEED]


@pytest.fixture
def feed_tests(house: Path, feed: FeedModule) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"test_{FEED}", house / "tests" / "feeds" / f"test_{FEED}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tests_of_the_feed_pass(feed_tests: ModuleType) -> None:
    own = [getattr(feed_tests, name) for name in dir(feed_tests) if name.startswith("test_")]
    assert own
    for test in own:
        test()


def test_its_recorded_payloads_are_answered(feed_tests: ModuleType, house: Path) -> None:
    recorded = house / "tests" / "data" / "feeds" / FEED
    (good,) = (recorded / "good").iterdir()
    (broken,) = (recorded / "broken").iterdir()
    items = feed_tests.replay(good, Desk())
    assert [type(item) for item in items] == [Device, Reading, Device, Reading]
    (refused,) = feed_tests.replay(broken, Desk())
    assert isinstance(refused, Rejected)
    assert refused.reason == "bad_field"


def test_its_stanza_is_good(feed: FeedModule, tmp_path: Path) -> None:
    config = next(block.text for block in blocks(read(ROOT / "CONTRIBUTING.md")) if "feeds:" in block.text)
    (entry,) = settings_of(config, tmp_path, {FEED: feed.Settings}, {}).feeds
    assert (entry.name, entry.settings.every_s) == (FEED, 300)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.endswith(".py")])
def test_the_examples_keep_the_rules_of_imports(name: str, house: Path) -> None:
    room = next((prefix for prefix in MAY if name.startswith(prefix)), None)
    if room is None:
        assert name.startswith("tests/")
        return
    for _, module in imports(house / name):
        if module.split(".")[0] in ("brain", "feeds", "dashboard", "panels", "app"):
            assert module.startswith(MAY[room])


# --- a city ------------------------------------------------------------------------------------------------------
def test_the_city_is_read(house: Path) -> None:
    city = load_city(house / "cities" / CITY)
    assert city.warnings == ()
    assert [area.id for area in city.tree] == ["990100", "990101", "990102"]
    assert city.tree.locate(113.3, 22.1) == "990102"
    assert [indicator for indicator, _ in city.headline] == ["hotline_requests_total"]
    assert city.values[0].figure_and_scale == ("19.3", "万")
    assert "water.flooding.road" in city.categories


# --- real tickets and real sensors -------------------------------------------------------------------------------
def example(path: Path, wanted: str) -> str:
    (found,) = (block.text for block in blocks(read(path)) if wanted in block.text and block.lang == "yaml")
    return found


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_stanza_for_real_tickets_reads_the_table_beside_it(path: Path, tmp_path: Path) -> None:
    (table,) = (block.text for block in blocks(read(path)) if block.lang == "csv")
    stanza = example(path, "hotline_table:")
    (entry,) = settings_of(stanza, tmp_path, models(), {}).feeds
    settings = entry.settings
    assert isinstance(settings, hotline_table.Settings)
    assert not settings.simulated
    file = tmp_path / "export.csv"
    file.write_bytes(table.encode(settings.encoding))
    desk = Desk()
    desk.facts = replace(desk.facts, tree=load_city(ROOT / "cities" / "zhongshan").tree)
    hotline_table.run(settings.model_copy(update={"files": file}), desk.context("hotline_table"))
    assert desk.rejected == []
    assert [ticket.state for ticket in desk.tickets] == ["dispatched", "resolved"]
    assert all(ticket.area_id != "442000" and ticket.private.phone for ticket in desk.tickets)


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_the_stanza_for_real_sensors_reads_the_message_beside_it(path: Path, tmp_path: Path) -> None:
    (message,) = (block.text for block in blocks(read(path)) if "mosquitto_pub" in block.text)
    stanza = example(path, "iot_mqtt:")
    (entry,) = settings_of(stanza, tmp_path, models(), {}).feeds
    settings = entry.settings
    assert isinstance(settings, iot_mqtt.Settings)
    assert settings.broker.password.get_secret_value() == "secret"
    said = shlex.split(message.replace("\\\n", " ").replace("'$(date +%s)'", str(NOW_MS // 1000)))
    topic, payload = said[said.index("-t") + 1], said[said.index("-m") + 1]
    desk = Desk()
    city = load_city(ROOT / "cities" / "zhongshan")
    context = replace(desk.context("iot_mqtt"), areas=city.tree)
    items = iot_mqtt.make_reader(settings, context).read(Message(topic, payload.encode(), NOW_MS, False))
    (device,) = (item for item in items if isinstance(item, Device))
    (reading,) = (item for item in items if isinstance(item, Reading))
    assert city.tree.contains("442000", device.area_id)
    assert (device.kind, reading.metric, reading.at_ms) == ("water_level", "water_level_m", NOW_MS // 1000 * 1000)
    assert reading.value == pytest.approx(0.42)


# --- payload conventions -------------------------------------------------------------------------------------------
STANZAS = [block.text for block in blocks(read(ROOT / "docs" / "operating.md")) if "conventions:" in block.text]
SPOKEN = [
    orjson.loads(line)
    for line in (ROOT / "tests" / "data" / "feeds" / "iot_mqtt" / "conventions.jsonl").read_bytes().splitlines()
]


def test_each_convention_has_its_stanza() -> None:
    shown = [slug for text in STANZAS for slug in YAML(typ="safe").load(text)["feeds"]["iot_mqtt"]["conventions"]]
    assert sorted(shown) == sorted(conventions())


@pytest.fixture(scope="module")
def spoken_to(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """slug -> a reader made of its stanza, all read as one config of Zhongshan."""
    feeds = {}
    for text in STANZAS:
        stanza = YAML(typ="safe").load(text)["feeds"]["iot_mqtt"]
        feeds[f"iot_mqtt:{next(iter(stanza['conventions']))}"] = stanza
    written = StringIO()
    YAML(typ="safe").dump({"feeds": feeds}, written)
    config = settings_of(written.getvalue(), tmp_path_factory.mktemp("conventions"), models(), {})
    city = load_city(ROOT / "cities" / "zhongshan")
    facts = facts_of(config, city, {"iot_mqtt": "readings"}, {"iot_mqtt": Name("", "")})
    readers = {}
    for entry in config.feeds:
        assert isinstance(entry.settings, iot_mqtt.Settings)
        context = replace(Desk().context(entry.name), areas=city.tree, metrics=dict(facts.metrics))
        readers[entry.name.removeprefix("iot_mqtt:")] = iot_mqtt.make_reader(entry.settings, context)
    return readers


@pytest.mark.parametrize("slug", sorted(conventions()))
def test_the_stanza_of_a_convention_reads_its_message(slug: str, spoken_to: dict[str, Any]) -> None:
    wanted, found = [], []
    for row in SPOKEN:
        if row["convention"] == slug:
            payload = base64.b64decode(row["base64"]) if "base64" in row else orjson.dumps(row["payload"])
            items = spoken_to[slug].read(Message(row["topic"], payload, NOW_MS, row.get("retained", False)))
            found += [(i.device_id, i.metric, round(i.value or 0, 6), i.at_ms) for i in items if isinstance(i, Reading)]
            assert not [item for item in items if isinstance(item, Rejected)]
            wanted += [tuple(row["reading"])] if "reading" in row else []
    assert wanted
    assert found == wanted
