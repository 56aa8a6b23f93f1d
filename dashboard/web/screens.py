"""The three Dash apps. Dash makes components and their libraries; its layout is one empty page that bus.js fills, so
that index, layout and dependencies are fixed bytes, and its callbacks, sockets and catch-all are not there at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from dash import Dash, dcc, html  # noqa: F401 - dcc: Dash hands out the libraries of what is imported
from dash.backends._fastapi import FastAPIDashServer
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dashboard.panel import Screen, Theme
from dashboard.web.packer import Packer
from dashboard.web.static import FOREVER, Assets, PackedFiles, file_response

_SUITES = "_dash-component-suites"
PLOTLY = "vendor/0_plotly.min.js"
# A megabyte that no panel uses; and what browsers lack that could not run bus.js either (but for vendor/2_regenerator).
_UNUSED = ("/dash_table/", "/polyfill@")
_UNUSED_ON_WALLS = ("/dash_bootstrap_components/",)  # tables and lists to choose from: walls are not touched

# viewport-fit: the page may reach under a phone's notch and home bar, which screens.css keeps clear.
_VIEWPORT = {"name": "viewport", "content": "width=device-width, initial-scale=1, viewport-fit=cover"}

_HTML_LANG = {"zh": "zh-CN", "en": "en"}

_INDEX = """<!DOCTYPE html>
<html lang="@lang@" data-screen="@screen@" data-bs-theme="@theme@">
<head>
{%metas%}
<meta name="city" content="@boot@">
<meta name="theme-color" content="">
<title>@title@</title>
@icons@
@styles@
</head>
<body>
<a class="visually-hidden-focusable" href="#@main@">@skip@</a>
<p class="visually-hidden" id="said" role="status"></p>
<noscript><p class="notice strong">@noscript@</p></noscript>
{%app_entry%}
<footer hidden>{%config%}</footer>
@scripts@
{%scripts%}
{%renderer%}
</body>
</html>"""


@dataclass(frozen=True)
class ScreenApp:
    """The fixed answers of one Dash app. `index` holds @marks@ for what differs by language and theme."""

    screen: Screen
    index: str
    layout: bytes
    dependencies: bytes
    csp_hashes: tuple[str, ...]


def make_screen(server: FastAPI, screen: Screen, assets: Assets, packer: Packer) -> ScreenApp:
    """A Dash app under /<screen>/ on `server`, of which only the component libraries are served by Dash."""
    app = Dash(
        f"cockpit_{screen.value}",
        backend=_backend_for(server, packer),
        url_base_pathname=f"/{screen.value}/",
        include_assets_files=False,
        index_string=_INDEX,
        serve_locally=True,
        update_title=None,  # type: ignore[arg-type]
        add_log_handler=False,
        eager_loading=False,
        meta_tags=[_VIEWPORT],
    )
    app.layout = html.Div(id="page")
    dash: Any = app  # its own annotations cover only part of it
    dash._setup_server()  # Dash itself would wait for a first request to its root, and answer others without libraries
    unused = (*_UNUSED, *_UNUSED_ON_WALLS) if screen is Screen.LARGE else _UNUSED
    index = "\n".join(line for line in dash.index().splitlines() if not any(name in line for name in unused))
    marks = {
        "styles": _styles(assets),
        "scripts": _scripts(assets),
        "icons": _icons(assets, screen),
        "screen": screen.value,
        "main": "wall" if screen is Screen.LARGE else "main",
    }
    for name, value in marks.items():
        index = index.replace(f"@{name}@", value)
    return ScreenApp(
        screen,
        index,
        bytes(dash.serve_layout().body),
        bytes(dash.dependencies().body),
        tuple(app.csp_hashes()),
    )


def index_page(app: ScreenApp, lang: str, theme: Theme, title: str, texts: Mapping[str, str], boot: str) -> str:
    """The HTML of a screen; `boot` is what bus.js must know before its first request, as JSON."""
    page = app.index
    values = {"lang": _HTML_LANG[lang], "catalogue": lang, "theme": theme.value, "title": title, "boot": boot, **texts}
    for name, value in values.items():
        page = page.replace(f"@{name}@", escape(value))
    return page


def _styles(assets: Assets) -> str:
    return "\n".join(f'<link rel="stylesheet" href="{assets.address(name)}">' for name in assets.styles())


def _icons(assets: Assets, screen: Screen) -> str:
    """The icon; on a phone also what its home screen shows."""
    links = [f'<link rel="icon" type="image/svg+xml" href="{assets.address("app/icon.svg")}">']
    if screen is Screen.SMALL:
        zh = assets.address("app/small.zh.webmanifest")
        links.append(f'<link rel="manifest" href="{zh.replace(".zh.", ".@catalogue@.")}">')
        links.append(f'<link rel="apple-touch-icon" href="{assets.address("app/apple-touch-icon.png")}">')
    return "\n".join(links)


def _scripts(assets: Assets) -> str:
    # The plotly bundle is fetched by bus/plotly.js: the page need not wait for it. bus.js begins as soon as it is
    # there, and asks for page and panels while Dash's libraries are still read.
    names = [name for name in assets.names("vendor", ".js") if name != PLOTLY]
    plain = [f'<script src="{assets.address(name)}"></script>' for name in names]
    ahead = [f'<link rel="modulepreload" href="{assets.address(name)}">' for name in assets.names("bus", ".js")]
    return "\n".join([*plain, *ahead, f'<script async type="module" src="{assets.address("bus.js")}"></script>'])


def _backend_for(server: FastAPI, packer: Packer) -> type[FastAPIDashServer]:
    """Dash's FastAPI backend on a server of ours, reduced to the component libraries."""

    class Reduced(FastAPIDashServer):
        websocket_capability = False

        def __init__(self, fastapi: FastAPI) -> None:
            super().__init__(fastapi)
            self.request_adapter = lambda: None  # type: ignore[assignment,return-value] # index() asks for the request and then does not use it

        @staticmethod
        def create_app(name: str = "", config: Any = None) -> FastAPI:
            return server

        def setup_backend(self, dash_app: Any) -> None:
            """No middleware: it serves callbacks, and there are none."""

        def _setup_catchall(self) -> None:
            """No catch-all: it would answer every unknown address with the last app's page."""

        def register_assets_blueprint(self, *_: Any) -> None:
            """Our assets are served packed, once for all screens."""

        def setup_component_suites(self, dash_app: Any) -> None:  # type: ignore[override]
            prefix = dash_app.config.routes_pathname_prefix
            self.server.add_api_route(
                f"{prefix}{_SUITES}/{{package}}/{{path:path}}", _suites(self, dash_app, packer), include_in_schema=False
            )

        def add_url_rule(self, *_: Any, **__: Any) -> None:
            """All other routes are fixed bytes of ours."""

    return Reduced


def _suites(backend: FastAPIDashServer, dash_app: Any, packer: Packer) -> Callable[..., Any]:
    """Serves the libraries as Dash would, packed once."""

    unconditional = Request({"type": "http", "headers": []})

    def read(name: str) -> bytes:
        package, _, path = name.partition("/")
        try:
            response = backend.serve_component_suites(dash_app, package, path, unconditional)
        except Exception as error:  # Dash names its refusals by many classes; all mean: not one of its files
            raise LookupError(name) from error
        return bytes(response.body)

    files = PackedFiles(read, packer)

    async def suite(request: Request, package: str, path: str) -> Response:
        try:
            file = await files.get(f"{package}/{path}")
        except LookupError:
            return Response(status_code=404)
        fingerprinted = ".v" in path and "m" in path.partition(".v")[2]
        return file_response(request, file, FOREVER if fingerprinted else "public, no-cache")

    return suite
