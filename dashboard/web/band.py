"""The head of every screen: where am I, what time is it, is the line alive; and the way to elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from brain.model.area import Area
from dashboard.kit.attributes import aria, data
from dashboard.panel import CityFacts, Screen, Translate
from dashboard.texts import LANGUAGES
from dashboard.web.addresses import address
from dashboard.web.pages import ALERT, ALERTS, DEVICES, SUBJECTS, PageAt, Pages
from dashboard.web.shell import Cockpit, Page

LIST = "/medium/devices"


@dataclass(frozen=True)
class Furniture:
    """What bands are made of. `replay_speed` None: the city's clock is the real one. `simulated`: some feed is."""

    city: CityFacts
    pages: Pages
    lang: str
    tr: Translate
    replay_speed: float | None
    simulated: bool

    def name(self, thing: Cockpit | Page) -> str:
        return thing.name_en if self.lang == "en" else thing.name


def band(at: PageAt, furniture: Furniture, headline: Any, beside: Sequence[Any] = ()) -> html.Header:
    """`headline` stands in the wall's band, and right of it the panels `beside`; the other screens have them below."""
    make = {Screen.LARGE: _large, Screen.MEDIUM: _medium, Screen.SMALL: _small}[at.screen]
    parts = make(at, furniture, headline)
    if beside:
        parts.insert(parts.index(headline) + 1, html.Div(list(beside), className="band-beside"))
    if at.cockpit.id != ALERT:  # that page's panel has a heading of its own
        parts.append(html.H1(furniture.name(at.cockpit), className="visually-hidden"))
    return html.Header(parts, className="band")


def tabs(at: PageAt, furniture: Furniture) -> html.Nav:
    """The pages of this screen for the same area; where there is room also the tools."""
    links = []
    for cockpit, page in furniture.pages.tabs(at.screen):
        here = (cockpit.id == at.cockpit.id and page.id == at.page.page.id) or (cockpit.id, at.cockpit.id) == (
            ALERTS,
            ALERT,
        )
        several = len(cockpit.pages[at.screen]) > 1
        honoured = furniture.pages.filters(at.screen, cockpit.id, page.id)
        filters = {name: value for name, value in at.params.items() if name in honoured}
        path = address(at.screen, cockpit, page.id, at.area.id, filters)
        links.append(_link(furniture.name(page if several else cockpit), path, "on" if here else ""))
    beside = [] if at.screen is Screen.SMALL else [tools(furniture)]
    return html.Nav([*links, *beside], className="tabs", **aria(label=furniture.tr("band.pages")))


def tools(furniture: Furniture) -> html.Span:
    """Language, theme, who is logged in."""
    parts = [
        *(_button(furniture.tr(f"band.language.{lang}"), "lang", lang) for lang in LANGUAGES if lang != furniture.lang),
        _button(furniture.tr("band.theme"), "theme", ""),
        html.A(furniture.tr("band.account"), href="/account", id="account"),
    ]
    return html.Span(parts, className="tools")


def _large(at: PageAt, furniture: Furniture, headline: Any) -> list[Any]:
    several = at.cockpit.pages[at.screen][1:]
    subject = furniture.name(at.page.page if several else at.cockpit)
    if at.area.parent_id is not None:
        subject = f"{at.area.label(furniture.lang)} · {subject}"
    date = [html.Span("", className="date", **data(clock="date")), *_marks(furniture)]
    facts = [html.Span(date, className="band-date"), _link_state(furniture)]
    return [
        html.Span(_city(furniture), className="city"),
        html.Span([subject, *(_page_number(at) if several else [])], className="band-sub"),
        headline,
        html.Div(facts, className="band-facts"),
        _clock(),
    ]


def _page_number(at: PageAt) -> list[Any]:
    """2/3, and beside it why the pages do not take turns at the moment, which bus.js writes."""
    pages = at.cockpit.pages[at.screen]
    number = f"{pages.index(at.page.page) + 1}/{len(pages)}"
    return [html.Span(number, className="page-number"), html.Span("", className="page-number", id="rotation-held")]


def _medium(at: PageAt, furniture: Furniture, _: Any) -> list[Any]:
    moment = [html.Span("", **data(clock="moment")), *_marks(furniture)]
    return [
        html.Span(_city(furniture), className="city"),
        html.Nav(_crumbs(at, furniture), className="crumbs", **aria(label=furniture.tr("band.where"))),
        html.Div([html.Span(moment, className="band-date"), _link_state(furniture)], className="band-facts"),
    ]


def _small(at: PageAt, furniture: Furniture, _: Any) -> list[Any]:
    here: Any
    if at.cockpit.id in SUBJECTS:
        to = "page.alerts" if at.cockpit.id == ALERT else "band.whole"  # the register is a desk's
        here = _link(f"‹ {furniture.tr(to)}", _above(at), "back")
    elif at.area.parent_id is not None:
        up = at.moved(at.area.parent_id, at.params)
        here = _link(f"‹ {at.area.label(furniture.lang)}", up, "back")
    else:
        here = html.Span(_city(furniture), className="city")
    return [here, html.Span(_marks(furniture), className="band-date"), _link_state(furniture)]


def _above(at: PageAt) -> str:
    """Where a phone goes back to from the page of one thing: to the alerts, or the first page."""
    return f"/{at.screen.value}/{ALERTS if at.cockpit.id == ALERT else ''}"


def _city(furniture: Furniture) -> str:
    return furniture.city.name_en if furniture.lang == "en" else furniture.city.name


def _clock() -> html.Div:
    parts = [html.Span("", **data(clock="hm")), html.Span("", className="clock-s", **data(clock="s"))]
    return html.Div(parts, className="clock")


def _link_state(furniture: Furniture) -> html.Span:
    return html.Span(furniture.tr("bus.link.opening"), className="link-state", id="link-state", role="status")


def _marks(furniture: Furniture) -> list[html.Span]:
    """回放 with its speed where the clock is a replay, 模拟 where any feed is made up."""
    marks = []
    if furniture.replay_speed is not None:
        speed = f"{furniture.replay_speed:g}"
        marks.append(html.Span(furniture.tr("band.replay", speed=speed), className="mark-replay"))
    if furniture.simulated:
        marks.append(html.Span(furniture.tr("band.simulated"), className="mark-sim"))
    return marks


def _crumbs(at: PageAt, furniture: Furniture) -> list[Any]:
    if at.cockpit.id in SUBJECTS:  # whose area only its data knows: back to the viewer's own list
        here = html.Span(furniture.name(at.cockpit), className="on", **aria(current="page"))
        if at.cockpit.id == DEVICES:  # the register is no page of the cockpit: it is loaded anew
            return [html.A(furniture.tr("page.devices_list"), href=LIST), here]
        return [_link(furniture.tr("page.alerts"), _above(at), ""), here]

    def crumb(area: Area) -> Any:
        label = area.label(furniture.lang) if area.parent_id else furniture.tr("band.whole")
        if area.id == at.area.id:
            return html.Span(label, className="on", **aria(current="page"))
        return _link(label, at.moved(area.id, at.params), "", area.id)

    return [crumb(area) for area in reversed(furniture.city.areas.ancestors(at.area.id))]


def _link(label: str, path: str, name: str, area_id: str = "") -> html.A:
    current = aria(current="page") if name == "on" else {}
    crumb = data(area=area_id) if area_id else {}
    return html.A(label, href=path, className=name or None, **data(go=path), **current, **crumb)


def _button(label: str, name: str, value: str) -> html.Button:
    return html.Button(label, type="button", className="tool", **data(**{name: value}))
