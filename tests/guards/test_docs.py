"""The documents name what there is: commands, panels, feeds, settings, reasons, terms. What is added is missed here."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import app
from brain.model.alert import AlertState, Level, RuleKind
from brain.model.area import LEVELS
from brain.model.indicator import ValueKind
from brain.model.reason import Reason
from brain.model.scope import Role
from brain.model.ticket_type import ticket_type
from brain.runtime.discover import discover
from brain.settings.root import Config
from dashboard.discover import discover_panels
from dashboard.kit.face import TROUBLES
from dashboard.panel import Face
from dashboard.texts import load_texts
from tests.guards.documents import DOCUMENTS, anchors, blocks, headings, links, prose, read
from tests.guards.source import ROOT
from tools.docs import OPTIONS, PAGE, page

READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
OPERATING, GLOSSARY = ROOT / "docs" / "operating.md", ROOT / "docs" / "glossary.md"
PANELS = sorted(discover_panels(ROOT / "panels", "panels"))
FEEDS = sorted(discover(ROOT / "feeds", "feeds"))
TICKET_WORDS = {
    "received": "受理",
    "dispatched": "派单",
    "contacted": "已联系",
    "handling": "处置中",
    "returned": "退回",
    "resolved": "办结",
    "closed": "已关闭",
    "rejected": "不予受理",
}


def verbs() -> list[str]:
    """The commands of the Makefile."""
    found = re.search(r"^\.PHONY: (.+)$", read(ROOT / "Makefile"), re.MULTILINE)
    assert found is not None
    return found[1].split()


def commands(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The commands of app.py, as its help names them."""
    with pytest.raises(SystemExit):
        app.main(["--help"])
    return re.findall(r"^ {4}(\w+) {2,}\S", capsys.readouterr().out, re.MULTILINE)


def rows(path: Path) -> list[list[str]]:
    """The cells of all tables of a document."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in read(path).splitlines() if line[:1] == "|"
    ]


def coded(cells: list[str]) -> set[str]:
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


# --- what there is, is named -------------------------------------------------------------------------------------
@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
class TestReadme:
    def test_it_names_every_command(self, readme: Path, capsys: pytest.CaptureFixture[str]) -> None:
        named = commands(capsys)
        assert len(named) == 9
        listed = coded([row[0] for row in rows(readme)])
        assert [name for name in named if f"app.py {name}" not in listed] == []

    def test_it_names_every_verb_of_the_makefile(self, readme: Path) -> None:
        listed = coded([row[0] for row in rows(readme)])
        assert [verb for verb in verbs() if f"make {verb}" not in listed] == []

    def test_it_names_every_panel(self, readme: Path) -> None:
        assert [panel for panel in PANELS if panel not in coded([row[0] for row in rows(readme)])] == []

    def test_it_names_every_feed(self, readme: Path) -> None:
        assert [feed for feed in FEEDS if feed not in coded([row[0] for row in rows(readme)])] == []

    def test_it_names_every_role(self, readme: Path) -> None:
        assert [role for role in Role if role not in coded([row[0] for row in rows(readme)])] == []

    def test_it_is_short_enough_to_be_read(self, readme: Path) -> None:
        # One row per panel and feed, and less than a screenful of everything else.
        assert len(read(readme).splitlines()) - len(PANELS) - len(FEEDS) <= 176


def test_the_page_of_settings_is_as_the_settings_are() -> None:
    assert read(PAGE) == page(), "run: python -m tools.docs"


def test_every_option_of_a_panel_is_described() -> None:
    panels = discover_panels(ROOT / "panels", "panels")
    assert {f"{slug}.{name}" for slug, panel in panels.items() for name in panel.options} == set(OPTIONS)


def test_config_yaml_shows_every_key_of_its_plain_sections_with_its_default() -> None:
    """Its head promises so: left out, a key has the value shown."""
    shown = YAML(typ="safe").load(read(ROOT / "config.yaml"))
    for name in ("server", "store", "broker", "keys", "access", "retention"):
        default = Config.model_fields[name].get_default()
        assert shown[name] == default.model_dump(mode="json"), name
    commented = re.findall(r"^  # (\w+):", read(ROOT / "config.yaml"), re.MULTILINE)
    assert {"mode", *commented} == set(type(Config.model_fields["clock"].get_default()).model_fields)


@pytest.mark.parametrize(
    ("words", "what"),
    [(tuple(Reason), "reason"), (tuple(Face), "face"), (("starting", "well", *TROUBLES), "status")],
    ids=["reason", "face", "status"],
)
def test_operating_explains_every(words: tuple[str, ...], what: str) -> None:
    explained = [row for row in rows(OPERATING) if row[0] in {f"`{word}`" for word in words}]
    assert {row[0] for row in explained} == {f"`{word}`" for word in words}, what
    assert all(row[1] for row in explained)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("role.", [role.value for role in Role]),
        ("kit.state.", [state.value for state in AlertState]),
        ("kit.level.", [level.word for level in Level]),
    ],
)
def test_the_glossary_has_the_words_of_the_interface(key: str, words: list[str]) -> None:
    zh = load_texts(ROOT / "dashboard" / "text").by_language["zh"]
    for word in words:
        assert any(row[0] == zh[key + word] and f"`{word}`" in row[2] for row in rows(GLOSSARY)), word


def test_the_glossary_has_the_words_of_the_model() -> None:
    terms = {(row[0], word) for row in rows(GLOSSARY) for word in coded([row[2]])}
    assert set(ticket_type().states) == set(TICKET_WORDS)
    assert {(zh, state) for state, zh in TICKET_WORDS.items()} <= terms
    codes = {code for _, code in terms}
    assert {*LEVELS, *ValueKind, *RuleKind} <= codes


def test_every_dependency_has_its_reason() -> None:
    said = read(ROOT / "DECISIONS.md").lower()
    pinned = re.findall(
        r"^([\w-]+)", read(ROOT / "requirements.txt") + read(ROOT / "requirements-dev.txt"), re.MULTILINE
    )
    assert len(pinned) > 20
    assert [name for name in pinned if name not in ("r", "-r") and name.lower().split("-")[0] not in said] == []


# --- the documents agree with one another and with the files -----------------------------------------------------
def test_both_readmes_are_built_alike() -> None:
    english, chinese = (read(path) for path in READMES)
    assert [depth for depth, _ in headings(english)] == [depth for depth, _ in headings(chinese)]
    assert blocks(english) == blocks(chinese)
    here = {"README.md", "README.zh-CN.md"}
    assert [link for link in links(english) if link not in here] == [
        link for link in links(chinese) if link not in here
    ]
    assert [len(row) for row in rows(READMES[0])] == [len(row) for row in rows(READMES[1])]
    assert [coded(row) for row in rows(READMES[0])] == [coded(row) for row in rows(READMES[1])]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in links(read(path)):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), f"{path.name} links to {link}"
        assert not anchor or anchor in anchors(read(target)), f"{path.name} links to {link}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(path: Path) -> None:
    text = prose(read(path))
    named = re.findall(
        r"`((?:app\.py|(?:brain|feeds|dashboard|panels|cities|assets|tests|tools|docs)/[\w./-]*\w\.\w+))", text
    )
    examples = {block.file for block in blocks(read(path))}
    assert [name for name in named if not (ROOT / name).exists() and name not in examples] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_keys_of_settings_that_are_named_exist(path: Path) -> None:
    """`server.port` and its like, wherever they are spoken of."""
    known = set(re.findall(r"^\| `([^`]+)`", read(PAGE), re.MULTILINE))
    sections = "|".join(set(Config.model_fields) - {"city", "language", "feeds"})
    for key in re.findall(rf"`((?:{sections})\.[a-z_.]+)`", prose(read(path))):
        assert key in known, f"{path.name} speaks of {key}"


def test_a_document_begins_with_its_title() -> None:
    for path in DOCUMENTS:
        assert [depth for depth, _ in headings(read(path))].count(1) == 1, path.name
