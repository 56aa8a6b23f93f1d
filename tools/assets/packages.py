"""npm packages for the asset commands, at the versions of package.json, in a folder of the temp room."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ASSETS = HERE.parents[1] / "assets"
PINNED: dict[str, str] = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]


def fetch(*names: str) -> Path:
    """Install the named packages (no install scripts are run) and return the node_modules folder.

    The folder is kept between runs, so that a second run needs no network."""
    room = Path(tempfile.gettempdir()) / "city-brain-assets"
    room.mkdir(exist_ok=True)
    shutil.copy(HERE / "package.json", room / "package.json")
    modules = room / "node_modules"
    if not all(installed(modules, name) for name in names):
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"], cwd=room, check=True
        )
    return modules


def installed(modules: Path, name: str) -> bool:
    """Whether the pinned version of a package lies in node_modules already."""
    manifest = modules / name / "package.json"
    return manifest.is_file() and json.loads(manifest.read_text(encoding="utf-8"))["version"] == PINNED[name]
