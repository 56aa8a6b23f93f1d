"""Which panels there are: every *.py of the panels folder that does not begin with an underscore. Id = file name."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from dashboard.panel import Panel


class PanelContractErrors(Exception):
    """Everything wrong with the files of the panels folder, one line per fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def discover_panels(folder: Path, package: str) -> Mapping[str, Panel]:
    """Import the panels of `folder`, which is the package `package`. Raises PanelContractErrors naming every fault."""
    found: dict[str, Panel] = {}
    problems: list[str] = []
    for path in sorted(folder.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        try:
            panel = getattr(importlib.import_module(f"{package}.{path.stem}"), "PANEL", None)
        except Exception as error:
            problems.append(f"{package}/{path.name}: cannot be imported: {type(error).__name__}: {error}")
            continue
        if isinstance(panel, Panel):
            found[path.stem] = panel
        else:
            problems.append(f"{package}/{path.name}: needs PANEL = Panel(...), found {panel!r}")
    if problems:
        raise PanelContractErrors(problems)
    return MappingProxyType(found)
