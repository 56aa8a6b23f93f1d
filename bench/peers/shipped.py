"""The shipped config for a benchmark: in a folder of its own, with a store there or elsewhere, and what it changes."""

import json
from pathlib import Path
from typing import Any

from tests.e2e.program import ROOT, shipped_config


def shipped(folder: Path, url: str = "", **sections: Any) -> Path:
    """Where it was written."""
    path = folder / "config.yaml"
    path.write_text(json.dumps(sections_of(folder, url, **sections), ensure_ascii=False, default=str), encoding="utf-8")
    return path


def sections_of(folder: Path, url: str = "", **sections: Any) -> dict[str, Any]:
    """The config itself. `url` is store.url; without `feeds` among `sections` none runs."""
    config = shipped_config() | {"feeds": {}, "store": {"folder": str(folder / "var"), "url": url}} | sections
    config["city"] = str(ROOT / "cities" / config["city"])
    return config
