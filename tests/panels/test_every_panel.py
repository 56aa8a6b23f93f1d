"""What holds for every panel there is, found by itself: a new file in panels/ is tested without a line written here."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from plotly.graph_objects import Figure
from plotly.io.json import to_json_plotly

from brain.model.scope import Role, Scope
from dashboard.filters import NAMES
from dashboard.kit.behind import behind
from dashboard.kit.face import needs_of
from dashboard.kit.frame import frame
from dashboard.panel import Kind, Screen, Theme
from tests.panels.samples import KINDS
from tests.panels.shown import (
    LANGUAGES,
    ROOT,
    SCREENS,
    attributes,
    bare_view,
    by_class,
    city,
    components,
    figures,
    panels,
    show,
    strings,
    text_of,
    texts,
    view_of,
)

PANELS = sorted(path.stem for path in (ROOT / "panels").glob("*.py") if not path.stem.startswith("_"))
PEOPLE = ("zhang_san", "li_si", "wang_wu")
MARKUP = {"Markdown", "Iframe", "Script", "ObjectEl", "Embed", "DangerouslySetInnerHTML", "Link", "Store", "Interval"}
# what would change the direction or meaning of the text around it
BAD_CHARACTERS = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]")


def test_panels_are_found() -> None:
    assert set(PANELS) == set(panels())
    assert len(PANELS) >= 11


@pytest.mark.parametrize("kind", [*KINDS, "loading"])
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PANELS)
def test_it_builds_and_can_be_written_as_json(name: str, screen: Screen, lang: str, kind: str) -> None:
    view = bare_view(name, screen, lang) if kind == "loading" else view_of(name, screen, lang, kind)
    section = show(view)
    written = json.loads(to_json_plotly(section))
    assert written["type"] == "Section"
    face = str(section.className).split("face-")[1].split()[0]
    if kind == "loading":
        assert face == "loading"
    assert face in {"loading", "normal", "empty", "stale", "failed"}


@pytest.mark.parametrize("theme", tuple(Theme))
@pytest.mark.parametrize("area_id", ["020", "02001", "0200101"])
@pytest.mark.parametrize("name", PANELS)
def test_it_builds_for_every_level_of_area_and_theme(name: str, area_id: str, theme: Theme) -> None:
    for screen in SCREENS:
        section = show(view_of(name, screen, area=city().areas.get(area_id), theme=theme))
        assert to_json_plotly(section)


@pytest.mark.parametrize("role", tuple(Role))
@pytest.mark.parametrize("name", PANELS)
def test_it_builds_for_every_role(name: str, role: Role) -> None:
    for screen in SCREENS:
        assert to_json_plotly(show(view_of(name, screen, scope=Scope("", role, "020", "water"))))


@pytest.mark.parametrize("part", ["title", "sub", "unit", "empty"])
@pytest.mark.parametrize("name", PANELS)
def test_its_words_are_in_both_catalogues(name: str, part: str) -> None:
    for lang in LANGUAGES:
        assert f"{name}.{part}" in texts().by_language[lang]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PANELS)
def test_charts_follow_their_cell_and_have_no_tool_bar(name: str, screen: Screen) -> None:
    for graph in (c for c in components(show(view_of(name, screen))) if type(c).__name__ == "Graph"):
        assert isinstance(graph.figure, dict)
        assert graph.responsive is True
        assert graph.config["responsive"] is True
        assert graph.config["displayModeBar"] is False
        assert graph.config["topojsonURL"].startswith("/")
        assert graph.figure["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
        assert graph.figure["layout"]["showlegend"] is False
        if screen is Screen.LARGE:
            assert graph.figure["layout"]["hovermode"] in (False, "closest")


@pytest.mark.parametrize("kind", ["normal", "empty", "stale"])
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PANELS)
def test_figures_are_such_as_plotly_knows(name: str, screen: Screen, kind: str) -> None:
    """Plain dicts are not checked when they are built; plotly ignores what it does not know without a word."""
    for figure in figures(show(view_of(name, screen, kind=kind))):
        checked = Figure(figure)  # raises for an unknown or impossible property
        geos = {trace.get("geo", "geo") for trace in figure["data"] if trace["type"] in {"choropleth", "scattergeo"}}
        assert geos <= set(figure["layout"])
        assert len(checked.data) == len(figure["data"])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PANELS)
def test_hostile_text_comes_out_inert(name: str, screen: Screen, lang: str) -> None:
    """Markup reaches plotly only escaped, React only as text; addresses stay where they belong."""
    section = show(view_of(name, screen, lang, "hostile"))
    for figure in figures(section):
        for text in strings(figure):
            assert "<img" not in text
            assert "<b>b" not in text
            assert "{x}" not in text
            assert not BAD_CHARACTERS.search(text)
    for component in components(section):
        assert type(component).__name__ not in MARKUP
        given = attributes(component)
        for key in ("href", "data-go"):
            area = "area:[0-9]+|" if key == "data-go" else ""
            address = rf"{area}/(large|medium|small)/[a-z]+/[A-Za-z0-9_.~%-]+([?][A-Za-z0-9_.~%=&-]+|/register)?"
            assert key not in given or re.fullmatch(address, given[key])
        assert "src" not in given or given["src"].startswith("data:image/svg+xml;base64,")
    assert not BAD_CHARACTERS.search(text_of(section))


@pytest.mark.parametrize("kind", ["normal", "stale"])
@pytest.mark.parametrize("name", PANELS)
def test_the_wall_names_nobody(name: str, kind: str) -> None:
    written = to_json_plotly(show(view_of(name, Screen.LARGE, kind=kind)))
    for person in PEOPLE:
        assert person not in written
    assert "车辆无法通行" not in written  # the text of a ticket


@pytest.mark.parametrize("name", [name for name in PANELS if name not in {"situation", "red_stage", "weather_line"}])
def test_simulated_data_wears_its_mark(name: str) -> None:
    """In the head, on the strip or above the legend; sentence and weather line are marked in the band, the stage is
    empty here."""
    for screen in SCREENS:
        view = view_of(name, screen)
        if any(answer.simulated for answer in view.answers.values()):
            assert "模拟" in text_of(show(view)), screen


def _from_feeds(name: str) -> bool:
    """What the brain itself keeps (alerts, feed health, published figures) neither goes stale nor fails with a feed."""
    return any(answer.stale_after_s is not None for answer in view_of(name).answers.values())


@pytest.mark.parametrize("name", [name for name in PANELS if _from_feeds(name)])
def test_stale_data_wears_the_hatch_and_its_age(name: str) -> None:
    section = show(view_of(name, Screen.MEDIUM, kind="stale"))
    assert "face-stale" in section.className
    assert by_class(section, "age")


def _fails(name: str) -> bool:
    return any(answer.value is None for answer in view_of(name, kind="failed").answers.values())


@pytest.mark.parametrize("name", [name for name in PANELS if _fails(name)])
def test_a_lost_source_is_said_with_its_cause_and_who_mends_it(name: str) -> None:
    section = show(view_of(name, Screen.MEDIUM, kind="failed"))
    said = text_of(section)
    assert "face-failed" in section.className
    for words in ("拒绝访问", "连不上", "connection refused", "最后收到", "重试", "负责"):
        assert words in said


def _one_thing(name: str) -> bool:
    """A panel of one thing that the address names: it is its own page, and its parts have tables of their own."""
    panel, view = panels()[name], bare_view(name)
    asked = [needs_of(panel, replace(view, params={"alert_id": alert_id})) for alert_id in ("a", "b")]
    return asked[0] != asked[1]


@pytest.mark.parametrize("name", PANELS)
def test_its_numbers_can_be_taken_away(name: str) -> None:
    """Other than sentences and stages, which are bare and draw no figures of their own."""
    panel = panels()[name]
    assert panel.rows is not None or panel.bare or _one_thing(name), "declare rows: the numbers behind what is drawn"
    assert set(panel.filters) <= set(NAMES) & set(panel.options)


@pytest.mark.parametrize("kind", ["normal", "empty", "hostile"])
@pytest.mark.parametrize("name", [name for name in PANELS if panels()[name].rows])
def test_its_rows_are_plain_values_of_which_none_names_a_person(name: str, kind: str) -> None:
    view = view_of(name, Screen.MEDIUM, kind=kind)
    if any(answer.value is None for answer in view.answers.values()):
        return
    made = panels()[name].rows
    assert made is not None
    table = made(view)
    assert len({column.name for column in table.columns}) == len(table.columns)
    for row in table.rows:
        for cell, column in zip(row, table.columns, strict=True):
            text = column.kind is Kind.TEXT
            assert cell is None or isinstance(cell, str) == text, (column.name, cell)
            assert not text or not BAD_CHARACTERS.search(str(cell)), (column.name, cell)
    written = text_of(frame(behind(panels()[name]), view)) + str(table)
    assert not [person for person in PEOPLE if person in written]
    for origin in (p for answer in view.answers.values() for p in answer.provenance):
        assert origin.key in table.names, "say what this number is called"


def _written_texts(path: Path) -> list[tuple[int, str]]:
    """Text literals of a file that are neither docstrings, nor messages of errors, nor class names."""
    import ast

    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[int] = set()
    for node in ast.walk(tree):
        quiet: list[Any] = []
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            quiet = [node.body[0]]
        elif (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) or isinstance(node, ast.Raise):
            quiet = [node]
        elif isinstance(node, ast.keyword) and node.arg == "className":
            quiet = [node.value]
        skipped |= {id(inner) for part in quiet for inner in ast.walk(part)}
    found = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return [(node.lineno, str(node.value)) for node in found if id(node) not in skipped]


@pytest.mark.parametrize("folder", ["panels", "dashboard/kit"])
def test_no_words_of_the_interface_stand_in_code(folder: str) -> None:
    """Chinese letters, English sentences: they belong into the catalogues. The scales 万 and 亿 are data."""
    words = re.compile(r"[\u3400-\u9fff]|^[A-Z][a-z]+ [a-z]|[a-z]{3,} [a-z]{3,} [a-z]{3,}")
    found = [
        f"{path.name}:{line}: {text!r}"
        for path in sorted((ROOT / folder).glob("*.py"))
        for line, text in _written_texts(path)
        if words.search(text) and text not in {"万", "亿"}
    ]
    assert found == []
