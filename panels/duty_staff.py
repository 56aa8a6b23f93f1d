"""Who is on duty: the posts of the units, whether each is minded, the next hand-over. Walls see posts, no people."""

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from brain.model.query.answer import Query
from brain.model.query.duty import DutyNow, DutyPost
from brain.model.query.indicators import Figure, Figures
from dashboard.kit.escape import plain
from dashboard.kit.figure import published
from dashboard.kit.moment import moment_text
from dashboard.kit.number import NONE, grouped
from dashboard.kit.period import period_text
from dashboard.kit.place import area_label
from dashboard.panel import Column, Kind, Panel, Screen, Table, View

_MOST = {Screen.LARGE: 16, Screen.MEDIUM: 60, Screen.SMALL: 12}
_COLUMNS = ("office", "post", "people", "until", "next")


def needs(options: Mapping[str, Any], params: Mapping[str, str]) -> Mapping[str, Query]:
    asked: dict[str, Query] = {"posts": DutyNow()}
    if options["figures"]:
        asked["figures"] = Figures(tuple(options["figures"]), inherit=True)
    return asked


def build(view: View) -> list[Any]:
    posts: tuple[DutyPost, ...] = view.value("posts")
    shown = _shown(posts, view)
    parts: list[Any] = []
    if "figures" in view.answers:
        parts.append(html.Div([_fact(each, view) for each in view.value("figures")], className="facts"))
    if shown:
        parts.append(_list(shown, view) if view.screen is Screen.SMALL else _table(shown, view))
    if len(posts) > len(shown):
        parts.append(html.P(view.tr("duty_staff.more", n=grouped(len(posts) - len(shown))), className="note"))
    return parts


def _shown(posts: Sequence[DutyPost], view: View) -> list[DutyPost]:
    """Where not all have room, those nobody minds come first."""
    room = _MOST[view.screen]
    kept = range(len(posts)) if len(posts) <= room else sorted(range(len(posts)), key=lambda i: posts[i].minded)[:room]
    return [posts[i] for i in sorted(kept)]


def _figure_name(each: Figure, view: View) -> str:
    return plain(each.indicator.name_en if view.lang == "en" else each.indicator.name, 40)


def _fact(each: Figure, view: View) -> html.Div:
    period = period_text(each.value.period, view.tr) if each.value is not None else ""
    return html.Div(
        [
            html.Div(_figure_name(each, view), className="fact-label"),
            published(each.value, each.indicator, view, "clock"),
            html.Div(period, className="fact-note"),
        ],
        className="fact",
    )


def _table(posts: Sequence[DutyPost], view: View) -> html.Div:
    head = html.Tr([html.Th(view.tr(f"duty_staff.{column}")) for column in _COLUMNS])
    body: list[html.Tr] = []
    before = ""
    for post in posts:
        unit = _unit(post, view)
        body.append(_row(post, "" if unit == before else unit, view))
        before = unit
    return html.Div(html.Table([html.Thead(head), html.Tbody(body)], className="table duty"), className="table-wrap")


def _row(post: DutyPost, unit: str, view: View) -> html.Tr:
    return html.Tr(
        [
            html.Td(unit),
            html.Td(plain(post.post, 24)),
            html.Td(_people(post.people, view), className="" if post.minded else "duty-gap"),
            html.Td(_until(post, view), className="time"),
            html.Td(_next(post, view), className="time"),
        ]
    )


def _list(posts: Sequence[DutyPost], view: View) -> html.Div:
    rows = [
        html.Div(
            [
                html.Span(plain(post.post, 24), className="roll-what"),
                html.Span(_people(post.people, view), className="roll-state" if post.minded else "roll-state duty-gap"),
                html.Span(_unit(post, view), className="roll-owner"),
                html.Span(_until(post, view), className="roll-time"),
            ],
            className="roll-row",
        )
        for post in posts
    ]
    return html.Div(rows, className="roll duty")


def _unit(post: DutyPost, view: View) -> str:
    """With its area, where the duty is not for the area shown."""
    unit = plain(post.unit_en if view.lang == "en" and post.unit_en else post.unit, 32)
    place = area_label(post.area_id, view)
    return unit if post.area_id == view.area.id or place == unit else f"{unit} {place}"


def _people(people: Sequence[str], view: View) -> str:
    """Masked names where the viewer has them, else how many; 空岗 where there is nobody."""
    if not people:
        return view.tr("duty_staff.nobody")
    return _names(people, view) or view.tr("duty_staff.count", n=grouped(len(people)))


def _names(people: Sequence[str], view: View) -> str:
    """Never on a wall, whoever is logged in there."""
    if view.screen is Screen.LARGE:
        return ""
    return view.tr("kit.list_comma").join(plain(name, 8) for name in people if name)


def _until(post: DutyPost, view: View) -> str:
    return NONE if post.until_ms is None else view.tr("duty_staff.until_at", at=moment_text(post.until_ms, view))


def _next(post: DutyPost, view: View) -> str:
    if post.next_ms is None:
        return view.tr("duty_staff.nobody_follows") if post.gap else NONE
    return f"{moment_text(post.next_ms, view)} {_names(post.next_people, view)}".rstrip()


def sub(view: View) -> str:
    posts: tuple[DutyPost, ...] | None = view.answers["posts"].value if "posts" in view.answers else None
    if not posts:
        return ""
    minded, total = sum(post.minded for post in posts), len(posts)
    text = view.tr("duty_staff.minded", minded=grouped(minded), total=grouped(total))
    next_ms = min((post.until_ms for post in posts if post.until_ms is not None), default=None)
    if next_ms is None or view.screen is Screen.SMALL:
        return text
    return f"{text} · {view.tr('duty_staff.handover', at=moment_text(next_ms, view))}"


def is_empty(view: View) -> bool:
    return not view.value("posts")


def rows(view: View) -> Table:
    """How many mind each post: names are for the screen alone, they are not taken away."""
    posts: tuple[DutyPost, ...] = view.value("posts")
    figures: tuple[Figure, ...] = view.value("figures") if "figures" in view.answers else ()
    columns = (
        Column(view.tr("duty_staff.office")),
        Column(view.tr("duty_staff.post")),
        Column(view.tr("duty_staff.people"), kind=Kind.NUMBER),
        Column(view.tr("duty_staff.until"), kind=Kind.MOMENT),
        Column(view.tr("duty_staff.next"), kind=Kind.MOMENT),
    )
    cells = tuple(
        (_unit(post, view), plain(post.post, 64), len(post.people), post.until_ms, post.next_ms) for post in posts
    )
    return Table(columns, cells, names={each.indicator.id: _figure_name(each, view) for each in figures})


PANEL = Panel(build=build, needs=needs, sub=sub, is_empty=is_empty, rows=rows, interval_s=10.0, options={"figures": ()})
