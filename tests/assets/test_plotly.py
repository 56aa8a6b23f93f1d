"""The plotly bundle: the version Python speaks to, and nothing a strict content policy would stop."""

import re
from pathlib import Path

import plotly

VENDOR = Path(__file__).parents[2] / "assets" / "vendor"


def head(path: Path) -> str:
    return path.read_text(encoding="utf-8")[:400]


def test_the_bundle_is_the_version_pythons_plotly_was_made_for() -> None:
    shipped = re.search(r"plotly\.js v([\d.]+)", head(Path(plotly.__file__).parent / "package_data" / "plotly.min.js"))
    bundled = re.search(r"plotly\.js ([\d.]+)", head(VENDOR / "0_plotly.min.js"))
    assert shipped is not None
    assert bundled is not None
    assert bundled[1] == shipped[1]


def test_the_bundle_makes_no_code_from_text() -> None:
    text = (VENDOR / "0_plotly.min.js").read_text(encoding="utf-8")
    assert re.findall(r"new Function\b|[^\w.$]eval\(", text) == []


def test_vendored_scripts_load_before_dash_would_fetch_its_own() -> None:
    """Dash keeps the order of names within a folder; the stub adds to what the bundle reads when it draws."""
    names = [path.name for path in sorted(VENDOR.glob("*.js"))]
    assert names == ["0_plotly.min.js", "1_geo_stub.js", "2_regenerator.min.js"]
