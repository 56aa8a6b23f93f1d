"""Pages that are plain HTML: doors and administration. Jinja2 with autoescape; every text from the catalogues."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboard.panel import Screen
from dashboard.texts import LANGUAGES
from dashboard.web.choices import chosen_lang, chosen_theme, keep_choices
from dashboard.web.shell import Shell
from dashboard.web.static import Assets

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 50


class BadForm(Exception):
    """The body is not a form of ours."""


async def read_form(request: Request, most: int = _MOST_FIELDS) -> dict[str, str]:
    """The fields of a posted form, stripped; the last of a name counts. Raises BadForm."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise BadForm("not a form")
    try:
        text = (await request.body()).decode("ascii")
        fields = parse_qsl(
            text, keep_blank_values=True, strict_parsing=bool(text), errors="strict", max_num_fields=most
        )
    except ValueError as error:
        raise BadForm("not a form") from error
    return {name: value if "password" in name else value.strip() for name, value in fields}


class DeskPages:
    """Renders the templates beside this file."""

    def __init__(self, shell: Shell, assets: Assets) -> None:
        self._shell = shell
        self._assets = assets
        self._zone = ZoneInfo(shell.city.tz)
        self._jinja = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def show(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """`values` are the template's own; what all pages need is added here."""
        lang = chosen_lang(request, self._shell.lang)
        others = [other for other in LANGUAGES if other != lang]
        common = {
            "tr": self._shell.texts.translate(lang),
            "lang": lang,
            "others": others,
            "theme": chosen_theme(request, Screen.MEDIUM).value,
            "city": self._shell.city.name_en if lang == "en" else self._shell.city.name,
            "styles": [self._assets.address(name) for name in self._assets.styles()],
            "real_time": self.real_time,
            "label": lambda area_id: self.area_label(area_id, lang),
            "path": request.url.path,
        }
        shown = self._jinja.get_template(template).render({**common, **values})
        response = HTMLResponse(shown, status)
        keep_choices(request, response, Screen.MEDIUM)
        return response

    def text(self, request: Request, key: str, **holes: object) -> str:
        return self._shell.texts.translate(chosen_lang(request, self._shell.lang))(key, **holes)

    def real_time(self, ms: int | None) -> str:
        """A moment as people read it in the city's zone; "" for none."""
        return "" if ms is None else datetime.fromtimestamp(ms / 1000, self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def area_label(self, area_id: str, lang: str) -> str:
        tree = self._shell.facts.tree
        return tree.get(area_id).label(lang) if area_id in tree else area_id


def form_value(form: Mapping[str, str], name: str, longest: int = 64) -> str:
    """A field of a form. Raises BadForm when it is longer than any of ours."""
    value = form.get(name, "")
    if len(value) > longest:
        raise BadForm(name)
    return value
