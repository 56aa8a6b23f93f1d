"""Directions of imports and libraries in their rooms, as DESIGN has them."""

import pytest

from tests.guards.source import ROOMS, files, imports, is_library, name

# A file under the first prefix may import our modules under the second ones only.
MAY = {
    "brain/model/": ("brain.model",),
    "brain/settings/": ("brain.settings", "brain.model", "brain.feed"),
    "brain/store/": ("brain.store", "brain.model", "brain.feed"),
    "brain/runtime/": ("brain.runtime", "brain.model", "brain.store", "brain.settings", "brain.feed"),
    "brain/feed.py": ("brain.model",),
    "feeds/": ("brain.model", "brain.feed", "feeds.payloads"),
    "dashboard/kit/": ("brain.model", "dashboard.panel", "dashboard.kit"),
    "dashboard/panel.py": ("brain.model",),
    "dashboard/": ("brain", "dashboard"),
    "panels/": ("brain.model", "dashboard.panel", "dashboard.kit"),
}
# A library may be imported under these prefixes only.
LIBRARIES = {
    "sqlalchemy": ("brain/store/",),
    "alembic": ("brain/store/",),
    "psycopg": ("brain/store/",),
    "argon2": ("brain/store/",),
    "apscheduler": ("brain/runtime/schedule.py",),
    "amqtt": ("brain/runtime/broker.py",),
    "paho": ("feeds/",),
    "openpyxl": ("feeds/",),
    "httpcore2": ("feeds/",),
    "prometheus_client": ("feeds/",),
    "defusedxml": ("feeds/payloads/",),
    "google": ("feeds/payloads/sparkplug_message.py",),
    "jinja2": ("dashboard/web/", "feeds/payloads/value_template.py"),
    "dash": ("dashboard/", "panels/"),
    "dash_bootstrap_components": ("dashboard/", "panels/"),
    "plotly": ("dashboard/", "panels/"),
    "fastapi": ("dashboard/", "app.py"),
    "starlette": ("dashboard/",),
    "uvicorn": ("app.py",),
    "ruamel": ("brain/settings/", "dashboard/texts.py"),
    "shapely": ("brain/model/", "brain/settings/"),
    "chinese_calendar": ("brain/model/calendar.py",),
    "cryptography": ("brain/store/seal.py",),
}
PATHS = files(*ROOMS) + files()


def room_of(path: str) -> tuple[str, ...] | None:
    longest = max((prefix for prefix in MAY if path.startswith(prefix)), key=len, default=None)
    return MAY[longest] if longest else None


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_imports_go_one_way(path):
    allowed = room_of(name(path))
    if allowed is None:
        assert name(path) == "app.py"
        return
    for line, module in imports(path):
        assert not module.startswith("."), f"{name(path)}:{line} relative import {module}: write the whole name"
        if module.split(".")[0] in (*ROOMS, "app", "tests", "tools"):
            inside = any(module == prefix or module.startswith(f"{prefix}.") for prefix in allowed)
            assert inside, f"{name(path)}:{line} imports {module}; it may import {', '.join(allowed)}"


@pytest.mark.parametrize("path", files("feeds", "panels"), ids=name)
def test_siblings_never_import_one_another(path):
    room = name(path).split("/")[0]
    for line, module in imports(path):
        if module.startswith(f"{room}.") and not module.startswith("feeds.payloads"):
            pytest.fail(f"{name(path)}:{line} imports its sibling {module}")


@pytest.mark.parametrize("path", PATHS, ids=name)
def test_libraries_stay_in_their_room(path):
    for line, module in imports(path):
        if not is_library(module):
            continue
        rooms = LIBRARIES.get(module.split(".")[0])
        if rooms is not None:
            inside = any(name(path).startswith(room) for room in rooms)
            assert inside, f"{name(path)}:{line} imports {module}, which belongs in {', '.join(rooms)}"
